using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Reconciler.Matching;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Events;

/// <summary>Matches what Batch tells of submissions and reports, one poll at a time: lock what it touches, decide in memory, write, tell.</summary>
internal sealed class SettlementEventsConsumer(OutboxSignal outbox) : IEventConsumer
{
    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken cancel)
    {
        var settlements = events.Select(received => (Received: received, Event: received.Read<SettlementEvent>())).ToList();
        var book = new MatchBook(await MatchSql.LockAsync(transaction, settlements.ConvertAll(settlement => settlement.Event), cancel));
        foreach (var (received, settlement) in settlements)
        {
            book.Apply(received, settlement);
        }

        await MatchSql.SaveAsync(transaction, book, cancel);
        await Outbox.AppendAsync(transaction, book.Events, cancel);
        CrashPoint.Hit("reconciler.match.written");
        outbox.Wake();   // early at worst: the relay looks again by itself
    }
}
