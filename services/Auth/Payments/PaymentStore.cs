using Npgsql;
using PayFlow.Auth.Events;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Vault;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>
/// Payments in Postgres. A change is written whole (payment, operations, attempts, history, key, answer, events) or not at all; changes of many payments
/// share a commit.
/// </summary>
public sealed class PaymentStore : IAsyncDisposable
{
    private readonly Shards shards;
    private readonly OutboxSignal signal;
    private readonly ShardedGroupCommit<PaymentChange, bool> commits;

    public PaymentStore(Shards shards, OutboxSignal signal)
    {
        this.shards = shards;
        this.signal = signal;
        commits = new(shards, CommitAsync);
    }

    public Task<Payment?> FindAsync(Id payment, CancellationToken ct) => PaymentReadSql.FindAsync(shards.For(payment.Slot).Source, payment, ct);

    /// <summary>Writes a change.</summary>
    /// <returns>False when the payment is not as the change found it, or, for a new one, is there already. Nothing was written then.</returns>
    /// <exception cref="PostgresException">A constraint refused the change. Nothing was written.</exception>
    public Task<bool> CommitAsync(PaymentChange change, CancellationToken ct) => commits.CommitAsync(change.After.Id.Slot, change, ct);

    /// <summary>Writes changes in a transaction that somebody else commits.</summary>
    /// <returns>For each change, in their order, whether it was written.</returns>
    public static async Task<IReadOnlyList<bool>> WriteAsync(ShardTransaction transaction, IReadOnlyList<PaymentChange> changes, CancellationToken ct)
    {
        var written = await MovePaymentsAsync(transaction, changes, ct);
        var moved = changes.Where(change => written.Contains(change.After.Id.Value)).ToList();
        if (moved.Count > 0)
        {
            await WriteRestAsync(transaction, moved, ct);
        }

        return [.. changes.Select(change => written.Contains(change.After.Id.Value))];
    }

    public ValueTask DisposeAsync() => commits.DisposeAsync();

    private async Task<IReadOnlyList<bool>> CommitAsync(Shard shard, IReadOnlyList<PaymentChange> changes, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct, changes.Select(change => change.After.Id.Slot));
        var written = await WriteAsync(transaction, changes, ct);
        await transaction.CommitAsync(ct);
        if (changes.Any(change => change.Events.Count > 0))
        {
            signal.Wake();
        }

        return written;
    }

    // First the payments, each by compare-and-set: what hangs on them is written only for those that moved.
    private static async Task<HashSet<Guid>> MovePaymentsAsync(ShardTransaction transaction, IReadOnlyList<PaymentChange> changes, CancellationToken ct)
    {
        var added = changes.Where(change => change.Before is null).Select(change => change.After).ToList();
        var changed = changes.Where(change => change.Before is not null).ToList();
        if (changes.Select(change => change.After.Id).Distinct().Count() < changes.Count)
        {
            throw new InvalidOperationException("Two changes of one payment in one batch: the second can't rest on what the first has not committed.");
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        if (added.Count > 0)
        {
            batch.BatchCommands.Add(PaymentSql.Insert(added));
        }

        if (changed.Count > 0)
        {
            batch.BatchCommands.Add(PaymentSql.Update([.. changed.OrderBy(change => change.After.Id)]));
        }

        var moved = new HashSet<Guid>(changes.Count);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        do
        {
            while (await reader.ReadAsync(ct))
            {
                moved.Add(reader.GetGuid(0));
            }
        }
        while (await reader.NextResultAsync(ct));
        return moved;
    }

    private static async Task WriteRestAsync(ShardTransaction transaction, IReadOnlyList<PaymentChange> changes, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        Add(batch, changes, change => One(change.NewKey), KeySql.Insert);
        Add<Id>(batch, changes.Where(change => change is { Before: null, NewKey: null }), change => [change.After.Id], KeySql.Begin);
        Add(batch, changes, change => change.Operations.Select(operation => (change.After.Id, operation)), PaymentSql.Write);
        Add(batch, changes, change => change.Attempts.Select(attempt => (change.After.Id, attempt)), PaymentSql.Write);
        Add(batch, changes, change => change.History.Select(entry => (change.After.Id, entry)), PaymentSql.Append);
        Add(batch, changes, change => One(change.Answer), answers => KeySql.AddAnswers(answers, changes[0].After.UpdatedAt));
        Add<Id>(batch, changes.Where(change => change.EndsAuthorization), change => [change.After.Method.TokenId], TokenSql.ForgetCvcs);
        if (batch.BatchCommands.Count > 0)
        {
            await batch.ExecuteNonQueryAsync(ct);
        }

        var events = changes.SelectMany(change => change.Events.Select(@event =>
            new OutboxEvent(Topics.PaymentsEvents, @event.Type, change.After.Id, @event.Sequence, @event.Message, @event.OccurredAt)
            {
                TraceParent = @event.TraceParent,
                Feed = EventTypes.FeedOf(change.After, @event.Type),
            })).ToList();
        if (events.Count > 0)
        {
            await Outbox.AppendAsync(transaction, events, ct);
        }
    }

    private static void Add<T>(
        NpgsqlBatch batch, IEnumerable<PaymentChange> changes, Func<PaymentChange, IEnumerable<T>> of, Func<IReadOnlyList<T>, NpgsqlBatchCommand> write)
    {
        var rows = changes.SelectMany(of).ToList();
        if (rows.Count > 0)
        {
            batch.BatchCommands.Add(write(rows));
        }
    }

    private static IEnumerable<T> One<T>(T? row) where T : class => row is null ? [] : [row];
}
