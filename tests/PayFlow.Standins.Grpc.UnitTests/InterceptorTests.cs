using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using PayFlow.Standins.Grpc.UnitTests.Protos;

namespace PayFlow.Standins.Grpc.UnitTests;

public sealed class InterceptorTests
{
    private static readonly string[] EveryKind = ["unary", "client stream", "server stream", "duplex"];

    [Fact]
    public async Task ServerInterceptor_EveryKindOfCall_SeesItAndItsContext()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await EchoServer.StartAsync(options => options.Interceptors.Add<RecordingServerInterceptor>(seen));

        await CallEveryKind(server.Client);

        Assert.Equal(EveryKind, seen);
    }

    [Fact]
    public async Task ServerInterceptor_ThatRefuses_EndsTheCall()
    {
        await using var server = await EchoServer.StartAsync(options => options.Interceptors.Add<RefusingServerInterceptor>());

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.UnaryAsync(new EchoRequest { Text = "x" }));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    public async Task ClientInterceptors_EveryKindOfCall_RunInTheirOrder()
    {
        var seen = new List<string>();
        await using var server = await EchoServer.StartAsync();
        var client = new Echo.EchoClient(server.Channel.Intercept(new RecordingClientInterceptor("1 ", seen), new RecordingClientInterceptor("2 ", seen)));

        await CallEveryKind(client);

        Assert.Equal(EveryKind.SelectMany(kind => new[] { $"1 {kind}", $"2 {kind}" }), seen);
    }

    [Fact]
    public async Task ClientInterceptor_BlockingCall_SeesIt()
    {
        var seen = new List<string>();
        await using var server = await EchoServer.StartAsync();
        var client = new Echo.EchoClient(server.Channel.Intercept(new RecordingClientInterceptor("", seen)));

        Assert.Equal("x", client.Unary(new EchoRequest { Text = "x" }).Text);

        Assert.Equal(["blocking"], seen);
    }

    [Fact]
    public async Task HeaderInterceptor_AddsToEveryCall()
    {
        await using var server = await EchoServer.StartAsync();
        var client = new Echo.EchoClient(server.Channel.Intercept(headers =>
        {
            headers.Add("x-added", "yes");
            return headers;
        }));

        using var call = client.UnaryAsync(new EchoRequest { Text = "x" });
        await call;

        Assert.Equal("yes", call.GetTrailers().GetValue("x-added"));
    }

    [Fact]
    public async Task CallCredentials_FromAnInterceptor_AreInTheHeaders()
    {
        var credentials = CallCredentials.Compose(Adding("x-first", "1"), Adding("x-second", "2"));
        await using var server = await EchoServer.StartAsync(client: options =>
        {
            options.Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials);
            options.UnsafeUseInsecureChannelCallCredentials = true;
        });

        using var call = server.Client.UnaryAsync(new EchoRequest { Text = "x" });
        await call;

        Assert.Equal("1", call.GetTrailers().GetValue("x-first"));
        Assert.Equal("2", call.GetTrailers().GetValue("x-second"));

        static CallCredentials Adding(string key, string value) => CallCredentials.FromInterceptor((context, headers) =>
        {
            Assert.EndsWith("Echo", context.ServiceUrl, StringComparison.Ordinal);
            headers.Add(key, value);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task Host_OfAClient_IsInTheContextOfItsCalls()
    {
        var seen = new List<string?>();
        await using var server = await EchoServer.StartAsync();
        var client = new Echo.EchoClient(server.Channel.Intercept(new HostRecorder(seen)));

        await client.UnaryAsync(new EchoRequest { Text = "x" });
        await client.WithHost("ledger.example").UnaryAsync(new EchoRequest { Text = "x" });

        Assert.Equal([null, "ledger.example"], seen);
    }

    private static async Task CallEveryKind(Echo.EchoClient client)
    {
        Assert.Equal("u", (await client.UnaryAsync(new EchoRequest { Text = "u" })).Text);

        using var clientStream = client.ClientStream();
        await clientStream.RequestStream.WriteAsync(new EchoRequest { Text = "c" });
        await clientStream.RequestStream.CompleteAsync();
        Assert.Equal("c", (await clientStream).Text);

        using var serverStream = client.ServerStream(new EchoRequest { Text = "s", Count = 1 });
        Assert.True(await serverStream.ResponseStream.MoveNext());
        Assert.Equal("s0", serverStream.ResponseStream.Current.Text);
        Assert.False(await serverStream.ResponseStream.MoveNext());

        using var duplex = client.Duplex();
        await duplex.RequestStream.WriteAsync(new EchoRequest { Text = "d" });
        Assert.True(await duplex.ResponseStream.MoveNext());
        Assert.Equal("D", duplex.ResponseStream.Current.Text);
        await duplex.RequestStream.CompleteAsync();
        Assert.False(await duplex.ResponseStream.MoveNext());
    }

    private sealed class HostRecorder(List<string?> seen) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add(context.Host);
            return continuation(request, context);
        }
    }

    private sealed class RefusingServerInterceptor : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            throw new RpcException(new Status(StatusCode.PermissionDenied, "not you"));
    }

    private sealed class RecordingServerInterceptor(ConcurrentQueue<string> seen) : Interceptor
    {
        public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            seen.Enqueue("unary");
            context.UserState["seen"] = true;
            var response = await base.UnaryServerHandler(request, context, continuation);
            Assert.True((bool)context.UserState["seen"]);
            return response;
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            seen.Enqueue("client stream");
            return base.ClientStreamingServerHandler(requestStream, context, continuation);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(TRequest request, IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            seen.Enqueue("server stream");
            return base.ServerStreamingServerHandler(request, responseStream, context, continuation);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            seen.Enqueue("duplex");
            return base.DuplexStreamingServerHandler(requestStream, responseStream, context, continuation);
        }
    }

    private sealed class RecordingClientInterceptor(string name, List<string> seen) : Interceptor
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add($"{name}blocking");
            return base.BlockingUnaryCall(request, context, continuation);
        }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add($"{name}unary");
            return base.AsyncUnaryCall(request, context, continuation);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add($"{name}client stream");
            return base.AsyncClientStreamingCall(context, continuation);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add($"{name}server stream");
            return base.AsyncServerStreamingCall(request, context, continuation);
        }

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            seen.Add($"{name}duplex");
            return base.AsyncDuplexStreamingCall(context, continuation);
        }
    }
}
