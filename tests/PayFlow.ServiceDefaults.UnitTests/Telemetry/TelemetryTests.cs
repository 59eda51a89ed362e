using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Telemetry;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Otlp_EndpointSet_ReceivesSpansMetricsAndLogsOnStop()
    {
        await using var collector = await Collector.StartAsync();
        await using (var service = await TestService.StartAsync(
            app =>
            {
                app.MapGet("/things/{id}", (string id, ILogger<TelemetryTests> logger) => { Log.Thing(logger, id); return id; });
                app.MapGet("/bug", string () => throw new InvalidOperationException("bug"));
            },
            add: null,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")))
        {
            await service.Client.GetAsync("/things/17");
            await service.Client.GetAsync("/bug");
        }

        var traces = collector.Received("/v1/traces");
        Assert.Contains("GET /things/{id}", traces, StringComparison.Ordinal);
        Assert.Contains("http.route", traces, StringComparison.Ordinal);
        Assert.Contains("http.response.status_code", traces, StringComparison.Ordinal);
        Assert.Contains("error.type", traces, StringComparison.Ordinal);
        Assert.Contains("correlation_id", traces, StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", collector.Received("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("Asked for thing 17", collector.Received("/v1/logs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerSpan_Bug_IsAnErrorWithItsRouteAndStatus()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var service = await TestService.StartAsync(app => app.MapGet("/bug/{number}", string (string number) => throw new InvalidOperationException(number)));
        await service.Client.GetAsync("/bug/1");
        await service.DisposeAsync();
        var span = Assert.Single(spans, span => span.DisplayName == "GET /bug/{number}");
        Assert.Equal("/bug/{number}", span.GetTagItem("http.route"));
        Assert.Equal(500, span.GetTagItem("http.response.status_code"));
        Assert.Equal("GET", span.GetTagItem("http.request.method"));
        Assert.Equal("/bug/1", span.GetTagItem("url.path"));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
    }

    [Fact]
    public async Task Console_ALine_IsOneLineWithLevelCategoryAndRequest()
    {
        var output = new StringWriter();
        var formatter = new ServiceDefaults.Telemetry.ConsoleLines(new ManualTime(new DateTimeOffset(2026, 11, 21, 9, 0, 0, 5, TimeSpan.Zero)));
        using (ServiceDefaults.Correlation.CorrelationId.Use("req_1"))
        {
            formatter.Write(
                new Microsoft.Extensions.Logging.Abstractions.LogEntry<string>(LogLevel.Error, "PayFlow.Auth.Payments", default, "two\nlines", new InvalidOperationException("why"), (state, _) => state),
                scopeProvider: null,
                output);
        }

        await output.FlushAsync();
        Assert.Equal("2026-11-21T09:00:00.005Z ERROR Payments: two ⏎ lines request=req_1 | System.InvalidOperationException: why\n", output.ToString());
    }

    /// <summary>An OTLP collector over HTTP that keeps what it got.</summary>
    private sealed class Collector(WebApplication app, ConcurrentQueue<(string Path, string Body)> received) : IAsyncDisposable
    {
        public string Address => app.Urls.First();

        public static async Task<Collector> StartAsync()
        {
            var received = new ConcurrentQueue<(string, string)>();
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.MapPost("/{**path}", async (HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body);
                received.Enqueue((request.Path, Encoding.Latin1.GetString(body.ToArray())));   // protobuf: its strings are there to be found
            });
            await app.StartAsync();
            return new Collector(app, received);
        }

        public string Received(string path) => string.Concat(received.Where(sent => sent.Path == path).Select(sent => sent.Body));

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Asked for thing {Thing}")]
    public static partial void Thing(ILogger logger, string thing);
}
