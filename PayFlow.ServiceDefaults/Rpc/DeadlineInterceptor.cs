using Grpc.Core;
using Grpc.Core.Interceptors;
using PayFlow.ServiceDefaults.Correlation;

namespace PayFlow.ServiceDefaults.Rpc;

/// <summary>
/// Gives every unary call a deadline, and every call the correlation id. Streams get no deadline of their own: how long one lasts is up to who reads it.
/// </summary>
internal sealed class DeadlineInterceptor(TimeSpan deadline) : Interceptor
{
    private const string CorrelationHeader = "x-correlation-id";   // gRPC wants lower case

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Prepared(context, bounded: true));

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Prepared(context, bounded: true));

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(request, Prepared(context, bounded: false));

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Prepared(context, bounded: false));

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation) =>
        continuation(Prepared(context, bounded: false));

    private ClientInterceptorContext<TRequest, TResponse> Prepared<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context, bool bounded)
        where TRequest : class
        where TResponse : class
    {
        var options = context.Options;
        if (bounded && options.Deadline is null)
        {
            // gRPC holds deadlines against the machine's clock, whatever clock the process works by.
            options = options.WithDeadline((TimeProvider.System.GetUtcNow() + deadline).UtcDateTime);
        }

        if (CorrelationId.Current is { } id && options.Headers?.Get(CorrelationHeader) is null)
        {
            options = options.WithHeaders([.. options.Headers ?? [], new Metadata.Entry(CorrelationHeader, id)]);
        }

        return new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, options);
    }
}
