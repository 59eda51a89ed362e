using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;
using PayFlow.Standins.Grpc.UnitTests.Protos;

namespace PayFlow.Standins.Grpc.UnitTests;

public sealed class CompressionTests
{
    private static readonly string Compressible = string.Concat(Enumerable.Repeat("compressible ", 20_000));

    public static TheoryData<string> Providers => ["gzip", "deflate"];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Compression_BothWays_ShrinksTheMessagesAndKeepsThem(string encoding)
    {
        var responses = new ResponseRecorder { InnerHandler = new SocketsHttpHandler() };
        await using var server = await EchoServer.StartAsync(
            options =>
            {
                options.CompressionProviders = [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];
                options.ResponseCompressionAlgorithm = encoding;
                options.ResponseCompressionLevel = CompressionLevel.Fastest;
            },
            options =>
            {
                options.HttpHandler = responses;
                options.CompressionProviders = [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];
            });

        using var call = server.Client.UnaryAsync(new EchoRequest { Text = Compressible },
            new Metadata { { "grpc-internal-encoding-request", encoding } });
        var reply = await call;

        Assert.Equal(Compressible, reply.Text);
        Assert.Equal(encoding, call.GetTrailers().GetValue("x-request-encoding"));
        Assert.Equal(encoding, responses.Encoding);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void Provider_RoundTrip_IsSmallerAndEqual(string encoding)
    {
        ICompressionProvider provider = encoding == "gzip"
            ? new GzipCompressionProvider(CompressionLevel.Optimal)
            : new DeflateCompressionProvider(CompressionLevel.Optimal);
        var plain = System.Text.Encoding.UTF8.GetBytes(Compressible);
        using var compressed = new MemoryStream();
        using (var writer = provider.CreateCompressionStream(compressed, null))
            writer.Write(plain);
        compressed.Position = 0;
        using var restored = new MemoryStream();
        using (var reader = provider.CreateDecompressionStream(compressed))
            reader.CopyTo(restored);

        Assert.Equal(encoding, provider.EncodingName);
        Assert.InRange(compressed.Length, 1, plain.Length / 50);
        Assert.Equal(plain, restored.ToArray());
    }

    /// <summary>Remembers what the last response was encoded with.</summary>
    private sealed class ResponseRecorder : DelegatingHandler
    {
        public string? Encoding { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            Encoding = response.Headers.TryGetValues("grpc-encoding", out var values) ? values.Single() : null;
            return response;
        }
    }
}
