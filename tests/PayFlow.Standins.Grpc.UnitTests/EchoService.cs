using Grpc.Core;
using PayFlow.Standins.Grpc.UnitTests.Protos;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>Answers with what it was sent. "refuse", "throw" and "sleep" end otherwise.</summary>
public sealed class EchoService : Echo.EchoBase
{
    public const string SleptUntilCancelled = "slept until cancelled";

    private readonly TaskCompletionSource<string> _sleepEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a sleeping call noticed that nobody waits any more.</summary>
    public Task<string> SleepEnded => _sleepEnded.Task;

    public override async Task<EchoReply> Unary(EchoRequest request, ServerCallContext context)
    {
        switch (request.Text)
        {
            case "refuse":
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "the books are closed"),
                    new Metadata { { "x-reason", "closed" }, { "x-reason-bin", [1, 2, 255] } });
            case "throw":
                throw new InvalidOperationException("never shown to the client");
            case "sleep":
                await SleepAsync(context.CancellationToken);
                break;
            case "status":
                context.Status = new Status(StatusCode.Aborted, "set, not thrown");
                return new EchoReply();
        }

        await context.WriteResponseHeadersAsync(Echoed(context.RequestHeaders));
        foreach (var entry in Echoed(context.RequestHeaders))
            context.ResponseTrailers.Add(entry);
        context.ResponseTrailers.Add("x-request-encoding", context.GetHttpContext().Request.Headers["grpc-encoding"].ToString());
        context.ResponseTrailers.Add("x-method", context.Method);
        context.ResponseTrailers.Add("x-host", context.Host);
        context.ResponseTrailers.Add("x-peer", context.Peer);
        return new EchoReply { Text = request.Text };
    }

    public override async Task<EchoReply> ClientStream(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var texts = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            texts.Add(request.Text);
        return new EchoReply { Text = string.Join(',', texts) };
    }

    public override async Task ServerStream(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Count; i++)
            await responseStream.WriteAsync(new EchoReply { Text = $"{request.Text}{i}" }, context.CancellationToken);
    }

    public override async Task Duplex(IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext())
            await responseStream.WriteAsync(new EchoReply { Text = requestStream.Current.Text.ToUpperInvariant() });
    }

    private async Task SleepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _sleepEnded.TrySetResult(SleptUntilCancelled);
            throw;
        }
    }

    private static Metadata Echoed(Metadata headers)
    {
        var echoed = new Metadata();
        foreach (var entry in headers.Where(entry => entry.Key.StartsWith("x-", StringComparison.Ordinal)))
            echoed.Add(entry);
        return echoed;
    }
}
