using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>Publishes kept events again: after a broker lost what it had, or for a consumer that was wrong. Consumers skip what they have seen.</summary>
internal static class Republish
{
    private const int Page = 10_000;

    /// <summary>Queues the events written since a time, or all that are kept, and tries parked ones again at once.</summary>
    /// <returns>How many events were queued that were not waiting already.</returns>
    public static async Task<long> RunAsync(Shards shards, OutboxSignal signal, DateTimeOffset? from, CancellationToken ct)
    {
        var queued = 0L;
        foreach (var shard in shards.All)
        {
            await RelaySql.ReleaseAsync(shard, ct);
            var last = 0L;
            while (await RelaySql.QueueAgainAsync(shard, from, last, Page, ct) is { } page)
            {
                last = page.LastId;
                queued += page.Queued;
                signal.Wake();
            }
        }

        return queued;
    }
}
