using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PayFlow.Reconciler.Notices;

/// <summary>What is counted of notices: an acquirer that is away shows as an age that grows, one whose notices can't be explained as a number that waits.</summary>
internal sealed class NoticeTelemetry
{
    private readonly Counter<long> _tried;
    private readonly ConcurrentDictionary<string, long> _waiting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _readAt = new(StringComparer.Ordinal);

    public NoticeTelemetry(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create("PayFlow.Reconciler");
        _tried = meter.CreateCounter<long>("payflow.notices.tried", description: "Tries of acquirers' notices, by acquirer, type and end.");
        meter.CreateObservableGauge("payflow.notices.waiting", () => _waiting.Select(each => Of(each.Key, each.Value)), description: "Notices that can't be explained yet.");
        meter.CreateObservableGauge(
            "payflow.notices.feed_age", () => _readAt.Select(each => Of(each.Key, (long)(time.GetUtcNow() - each.Value).TotalSeconds)), "s", "Since the feed was last read to its end.");
    }

    public void Tried(Notice notice, NoticeEnd end) =>
        _tried.Add(1, new("acquirer", notice.Acquirer), new("type", notice.Type), new("end", end.ToString().ToLowerInvariant()));

    public void Waiting(string acquirer, long count) => _waiting[acquirer] = count;

    public void Read(string acquirer, DateTimeOffset at) => _readAt[acquirer] = at;

    private static Measurement<long> Of(string acquirer, long value) => new(value, new KeyValuePair<string, object?>("acquirer", acquirer));
}
