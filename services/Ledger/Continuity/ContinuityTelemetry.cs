using System.Diagnostics.Metrics;

namespace PayFlow.Ledger.Continuity;

/// <summary>Meter <c>PayFlow.Ledger</c>: how old the agreement of payments and ledger is, and whether they differ.</summary>
internal sealed class ContinuityTelemetry
{
    private volatile Agreement? _last;

    public ContinuityTelemetry(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create("PayFlow.Ledger");
        meter.CreateObservableGauge(
            "payflow.ledger.agreement_age", () => Each(shard => (long)(time.GetUtcNow() - shard.AgreedUntil).TotalSeconds), "s", "Since when payments and ledger are not known to agree, by shard.");
        meter.CreateObservableGauge("payflow.ledger.differs", () => Each(shard => shard.IsBroken(_last!.Patience) ? 1 : 0), description: "1 where payments and ledger differ, by shard.");
    }

    public void Note(Agreement agreement) => _last = agreement;

    private IEnumerable<Measurement<long>> Each(Func<ShardAgreement, long> value) =>
        _last?.Shards.Select(shard => new Measurement<long>(value(shard), new KeyValuePair<string, object?>("shard", shard.Shard))) ?? [];
}
