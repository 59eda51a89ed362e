using PayFlow.SystemTests.Tracing;

namespace PayFlow.SystemTests.Running;

/// <summary>One running system for all tests that don't break it for each other. It tells its spans to <see cref="Spans"/>.</summary>
public sealed class SharedSystem : IAsyncLifetime
{
    private PayFlowSystem? _system;
    private SpanListener? _spans;

    public PayFlowSystem System => _system ?? throw new InvalidOperationException("The system was not started.");

    public SpanListener Spans => _spans ?? throw new InvalidOperationException("The listener was not started.");

    public async Task InitializeAsync()
    {
        _spans = await SpanListener.StartAsync();
        _system = await PayFlowSystem.StartAsync(
            offset: 10_000,
            KeyValuePair.Create<string, string?>("OTEL_EXPORTER_OTLP_ENDPOINT", _spans.Address),
            KeyValuePair.Create<string, string?>("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
    }

    public async Task DisposeAsync()
    {
        if (_system is not null)
            await _system.DisposeAsync();
        if (_spans is not null)
            await _spans.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class OneSystem : ICollectionFixture<SharedSystem>
{
    public const string Name = "one system";
}
