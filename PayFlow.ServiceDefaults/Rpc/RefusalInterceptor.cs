using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using PayFlow.ServiceDefaults.Correlation;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.ServiceDefaults.Rpc;

/// <summary>Turns what a gRPC method throws into a status. A bug is logged here and told to nobody but by its request id.</summary>
internal sealed partial class RefusalInterceptor(ILogger<RefusalInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception)
        {
            throw Answer(exception, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception exception)
        {
            throw Answer(exception, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception)
        {
            throw Answer(exception, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception exception)
        {
            throw Answer(exception, context);
        }
    }

    private RpcException Answer(Exception exception, ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested)
        {
            // Where the deadline passed the server has answered so already.
            return new RpcException(new Status(StatusCode.Cancelled, "The caller went away."));
        }

        if (Failure.RefusalFor(exception) is { } refusal)
        {
            if (exception is not RefusedException)
            {
                LogUnavailable(logger, exception, context.Method);
            }

            return RefusalStatusDetails.Exception(refusal);
        }

        var id = CorrelationId.Current ?? "unknown";
        LogFailed(logger, exception, context.Method, id);
        return new RpcException(new Status(StatusCode.Internal, $"Something unexpected went wrong. Quote {id} when you ask about it."));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} can't be answered now")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string method);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed, request {RequestId}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method, string requestId);
}
