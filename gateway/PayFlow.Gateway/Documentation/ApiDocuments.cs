using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using PayFlow.Gateway.Forwarding;

namespace PayFlow.Gateway.Documentation;

/// <summary>
/// The services' OpenAPI documents as one, kept for a while. A service that doesn't answer is represented by its last document, or left out; either way
/// the document says so.
/// </summary>
internal sealed partial class ApiDocuments(IHttpClientFactory clients, IOptions<ForwardingOptions> options, TimeProvider time, ILogger<ApiDocuments> logger) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const long MaxBytes = 4 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, string> _last = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _asking = new(1);
    private Merged? _merged;

    /// <summary>The merged document as JSON.</summary>
    public async Task<byte[]> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _asking.WaitAsync(cancellationToken);
        try
        {
            return Fresh() ?? await MergeAsync(cancellationToken);
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    private byte[]? Fresh() => Volatile.Read(ref _merged) is { } merged && time.GetUtcNow() < merged.Until ? merged.Json : null;

    private async Task<byte[]> MergeAsync(CancellationToken cancellationToken)
    {
        var services = PublicRoutes.Services.ToList();
        var answered = await Task.WhenAll(services.Select(service => FetchAsync(service, cancellationToken)));
        var away = services.Where((_, i) => !answered[i]).ToList();
        var documents = services.Where(_last.ContainsKey).ToDictionary(service => service, service => (JsonObject)JsonNode.Parse(_last[service])!);
        var json = JsonSerializer.SerializeToUtf8Bytes(DocumentMerge.Merge(documents, away));

        // An incomplete document is worth less, and is asked for again sooner.
        var kept = away.Count == 0 ? options.Value.DocumentsKept : TimeSpan.FromTicks(Math.Min(Patience.Ticks, options.Value.DocumentsKept.Ticks));
        Volatile.Write(ref _merged, new Merged(json, time.GetUtcNow() + kept));
        return json;
    }

    private async Task<bool> FetchAsync(string service, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(Patience);
        try
        {
            using var client = clients.CreateClient(service);
            client.MaxResponseContentBufferSize = MaxBytes;
            var json = await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), bounded.Token);
            if (JsonNode.Parse(json) is not JsonObject)
            {
                throw new JsonException("The document is no object.");
            }

            _last[service] = json;
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogAway(logger, exception, service);
            return false;
        }
    }

    private sealed record Merged(byte[] Json, DateTimeOffset Until);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The API document of {Service} couldn't be read")]
    private static partial void LogAway(ILogger logger, Exception exception, string service);
}
