using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>Counts a host's batches by how they came to their accounts, as its meter tells.</summary>
internal sealed class Batches : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = [];

    public Batches(LedgerHost host)
    {
        var meters = host.Service<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Name == "payflow.ledger.batches")
            {
                me.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => _counts.AddOrUpdate((string)tags[0].Value!, value, (_, before) => before + value));
        _listener.Start();
    }

    public long Of(string accounts) => _counts.GetValueOrDefault(accounts);

    public void Dispose() => _listener.Dispose();
}
