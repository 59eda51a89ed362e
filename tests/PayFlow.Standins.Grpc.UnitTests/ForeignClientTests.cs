using System.Text.Json;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>Another implementation of gRPC (npm's @grpc/grpc-js) gets from our servers what it expects.</summary>
public sealed class ForeignClientTests
{
    private const int Cancelled = 1, Unknown = 2, DeadlineExceeded = 4, FailedPrecondition = 9;

    [Fact]
    public async Task GrpcJs_EveryKindOfCall_UnderstandsTheServer()
    {
        await using var server = await EchoServer.StartAsync(options =>
        {
            options.ResponseCompressionAlgorithm = "gzip";
            options.ResponseCompressionLevel = System.IO.Compression.CompressionLevel.Fastest;
        });

        var saw = await ForeignClient.RunAsync(server.Address.Authority);

        var unary = saw.GetProperty("unary");
        Assert.Equal("hello", Text(unary, "text"));
        Assert.Equal("plain", Text(unary, "headers", "x-text"));
        Assert.Equal("plain", Text(unary, "trailers", "x-text"));
        Assert.Equal("/payflow.standins.grpc.v1.Echo/Unary", Text(unary, "trailers", "x-method"));
        Assert.Equal(0, unary.GetProperty("code").GetInt32());
        Assert.Equal("00ff01", Text(unary, "trailers", "x-bytes-bin"));

        var refused = saw.GetProperty("refused").GetProperty("error");
        Assert.Equal(FailedPrecondition, refused.GetProperty("code").GetInt32());
        Assert.Equal("the books are closed", Text(refused, "details"));
        Assert.Equal("closed", Text(refused, "trailers", "x-reason"));
        Assert.Equal("0102ff", Text(refused, "trailers", "x-reason-bin"));

        Assert.Equal(Unknown, saw.GetProperty("broken").GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(DeadlineExceeded, saw.GetProperty("late").GetProperty("error").GetProperty("code").GetInt32());
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"s{i}"), saw.GetProperty("serverStream").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal("a,b,c", Text(saw, "clientStream"));
        Assert.Equal(["X", "Y", "Z"], saw.GetProperty("duplex").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal(Cancelled, saw.GetProperty("cancelled").GetInt32());
        Assert.True(saw.GetProperty("compressed").GetProperty("same").GetBoolean());
        Assert.Equal("gzip", Text(saw, "compressed", "requestEncoding"));
        Assert.Equal(EchoService.SleptUntilCancelled, await server.Service.SleepEnded.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static string? Text(JsonElement element, params string[] path) =>
        path.Aggregate(element, (at, name) => at.GetProperty(name)).GetString();
}
