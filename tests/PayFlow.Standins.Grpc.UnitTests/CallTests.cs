using System.Diagnostics;
using Grpc.Core;
using PayFlow.Standins.Grpc.UnitTests.Protos;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>Generated clients and servers, over the genuine Grpc.Net.Client and Grpc.AspNetCore.Server.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private EchoServer _server = null!;

    private Echo.EchoClient Client => _server.Client;

    public async Task InitializeAsync() => _server = await EchoServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Unary_Text_ComesBack()
    {
        var reply = await Client.UnaryAsync(new EchoRequest { Text = "héllo" });

        Assert.Equal("héllo", reply.Text);
    }

    [Fact]
    public void Unary_Blocking_ComesBack()
    {
        var reply = Client.Unary(new EchoRequest { Text = "blocking" });

        Assert.Equal("blocking", reply.Text);
    }

    [Fact]
    public async Task Unary_HundredsAtOnce_EachGetsItsOwnReply()
    {
        var texts = Enumerable.Range(0, 500).Select(i => $"call {i}").ToArray();

        var replies = await Task.WhenAll(texts.Select(async text => (await Client.UnaryAsync(new EchoRequest { Text = text })).Text));

        Assert.Equal(texts, replies);
    }

    [Fact]
    public async Task Metadata_TextAndBytes_GoThereAndBackAsHeadersAndTrailers()
    {
        var headers = new Metadata { { "X-Text", "one" }, { "x-bytes-bin", [0, 255, 1] } };

        using var call = Client.UnaryAsync(new EchoRequest { Text = "metadata" }, headers);
        var received = await call.ResponseHeadersAsync;
        await call;

        Assert.Equal("one", received.GetValue("x-text"));
        Assert.Equal([0, 255, 1], received.GetValueBytes("x-bytes-bin")!);
        Assert.Equal("one", call.GetTrailers().GetValue("X-TEXT"));
        Assert.Equal([0, 255, 1], call.GetTrailers().GetValueBytes("x-bytes-bin")!);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Context_OfACall_KnowsMethodHostAndPeer()
    {
        using var call = Client.UnaryAsync(new EchoRequest { Text = "context" });
        await call;

        Assert.Equal("/payflow.standins.grpc.v1.Echo/Unary", call.GetTrailers().GetValue("x-method"));
        Assert.Equal(_server.Address.Authority, call.GetTrailers().GetValue("x-host"));
        Assert.StartsWith("ipv4:127.0.0.1:", call.GetTrailers().GetValue("x-peer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_Thrown_ReachesTheClientWithItsTrailers()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await Client.UnaryAsync(new EchoRequest { Text = "refuse" }));

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Equal("the books are closed", refused.Status.Detail);
        Assert.Equal("closed", refused.Trailers.GetValue("x-reason"));
        Assert.Equal([1, 2, 255], refused.Trailers.GetValueBytes("x-reason-bin")!);
    }

    [Fact]
    public async Task Status_Set_ReachesTheClient()
    {
        var aborted = await Assert.ThrowsAsync<RpcException>(async () => await Client.UnaryAsync(new EchoRequest { Text = "status" }));

        Assert.Equal(StatusCode.Aborted, aborted.StatusCode);
        Assert.Equal("set, not thrown", aborted.Status.Detail);
    }

    [Fact]
    public async Task Exception_InTheHandler_IsUnknownAndTellsNothing()
    {
        var broken = await Assert.ThrowsAsync<RpcException>(async () => await Client.UnaryAsync(new EchoRequest { Text = "throw" }));

        Assert.Equal(StatusCode.Unknown, broken.StatusCode);
        Assert.DoesNotContain("never shown", broken.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_Passed_EndsTheCallOnBothSides()
    {
        var clock = Stopwatch.StartNew();
        var late = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client.UnaryAsync(new EchoRequest { Text = "sleep" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(300)));

        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(250), Patience);
        Assert.Equal(EchoService.SleptUntilCancelled, await _server.Service.SleepEnded.WaitAsync(Patience));
    }

    [Fact]
    public async Task Cancellation_ByTheClient_EndsTheCallOnBothSides()
    {
        using var cancel = new CancellationTokenSource();
        var call = Client.UnaryAsync(new EchoRequest { Text = "sleep" }, cancellationToken: cancel.Token);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(300));

        var cancelled = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(StatusCode.Cancelled, cancelled.StatusCode);
        Assert.Equal(EchoService.SleptUntilCancelled, await _server.Service.SleepEnded.WaitAsync(Patience));
    }

    [Fact]
    public async Task Disposal_OfARunningCall_CancelsIt()
    {
        var call = Client.UnaryAsync(new EchoRequest { Text = "sleep" });
        await Task.Delay(300);
        call.Dispose();

        var cancelled = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(StatusCode.Cancelled, cancelled.StatusCode);
        Assert.Equal(EchoService.SleptUntilCancelled, await _server.Service.SleepEnded.WaitAsync(Patience));
    }

    [Fact]
    public async Task Server_NotThere_IsUnavailable()
    {
        var nobody = await EchoServer.StartAsync();
        await using (nobody)
        {
            using var channel = global::Grpc.Net.Client.GrpcChannel.ForAddress(nobody.Address);
            var client = new Echo.EchoClient(channel);
            await client.UnaryAsync(new EchoRequest { Text = "there" });
            await nobody.DisposeAsync();

            var away = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new EchoRequest { Text = "gone" }));

            Assert.Equal(StatusCode.Unavailable, away.StatusCode);
            Assert.NotNull(away.Status.DebugException);
        }
    }

    [Fact]
    public async Task ServerStream_ReadToItsEnd_GivesEveryReplyInOrder()
    {
        using var call = Client.ServerStream(new EchoRequest { Text = "n", Count = 2000 });

        var texts = new List<string>();
        await foreach (var reply in call.ResponseStream.ReadAllAsync())
            texts.Add(reply.Text);

        Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"n{i}"), texts);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task ServerStream_CancelledInTheMiddle_Stops()
    {
        using var cancel = new CancellationTokenSource();
        using var call = Client.ServerStream(new EchoRequest { Text = "n", Count = int.MaxValue }, cancellationToken: cancel.Token);

        var count = 0;
        var cancelled = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var _ in call.ResponseStream.ReadAllAsync())
            {
                if (++count == 10)
                    await cancel.CancelAsync();
            }
        });

        Assert.Equal(StatusCode.Cancelled, cancelled.StatusCode);
        Assert.InRange(count, 10, 100_000);
    }

    [Fact]
    public async Task ClientStream_Completed_GivesOneReply()
    {
        using var call = Client.ClientStream();
        foreach (var text in new[] { "a", "b", "c" })
            await call.RequestStream.WriteAsync(new EchoRequest { Text = text });
        await call.RequestStream.CompleteAsync();

        Assert.Equal("a,b,c", (await call).Text);
    }

    [Fact]
    public async Task Duplex_PingPong_AnswersEachBeforeTheNext()
    {
        using var call = Client.Duplex();
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = text });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(text.ToUpperInvariant(), call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task Channel_Connected_IsReady()
    {
        await _server.Channel.ConnectAsync().WaitAsync(Patience);

        Assert.Equal(ConnectivityState.Ready, _server.Channel.State);
    }
}
