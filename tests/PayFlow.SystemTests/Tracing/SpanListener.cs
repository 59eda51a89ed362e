using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PayFlow.SystemTests.Tracing.Otlp;

namespace PayFlow.SystemTests.Tracing;

/// <summary>A span as it was told.</summary>
/// <param name="Service">The process.</param>
/// <param name="Source">The ActivitySource.</param>
public sealed record ToldSpan(string Service, string Source, string Name, string SpanId, string ParentId);

/// <summary>A small OTLP receiver (HTTP, protobuf) that keeps the spans of the traces it was asked to watch, and forgets all others.</summary>
public sealed class SpanListener : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentBag<ToldSpan>> _watched = new();
    private readonly ConcurrentDictionary<string, ConcurrentBag<string>> _sought = new();
    private readonly WebApplication _app;

    private SpanListener()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/v1/traces", ReceiveAsync);
        _app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            Search(signal, body.ToArray());
            return Results.Ok();
        });
    }

    /// <summary>Looks from now on for a text in whatever is told: spans, metrics and logs.</summary>
    /// <returns>What was told when it was seen.</returns>
    public IReadOnlyCollection<string> Seek(string text) => _sought.GetOrAdd(text, _ => []);

    public string Address => _app.Urls.Single();

    public static async Task<SpanListener> StartAsync()
    {
        var listener = new SpanListener();
        await listener._app.StartAsync();
        return listener;
    }

    /// <summary>From now on keeps the spans of a trace.</summary>
    public IReadOnlyCollection<ToldSpan> Watch(string traceId) => _watched.GetOrAdd(traceId, _ => []);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Search(string signal, byte[] told)
    {
        foreach (var (text, seen) in _sought.Where(sought => told.AsSpan().IndexOf(Encoding.UTF8.GetBytes(sought.Key)) >= 0))
            seen.Add(signal);
    }

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        Search("traces", body.ToArray());
        var told = ExportTrace.Parser.ParseFrom(body.ToArray());
        foreach (var resource in told.ResourceSpans)
        {
            var service = resource.Resource.Attributes.FirstOrDefault(attribute => attribute.Key == "service.name")?.Value.StringValue ?? "";
            foreach (var scope in resource.ScopeSpans)
            {
                foreach (var span in scope.Spans)
                {
                    if (_watched.TryGetValue(Convert.ToHexStringLower(span.TraceId.Span), out var spans))
                        spans.Add(new ToldSpan(service, scope.Scope.Name, span.Name, Convert.ToHexStringLower(span.SpanId.Span), Convert.ToHexStringLower(span.ParentSpanId.Span)));
                }
            }
        }

        return Results.Bytes([], "application/x-protobuf");
    }
}
