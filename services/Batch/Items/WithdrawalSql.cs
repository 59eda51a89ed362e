using Dapper;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Batch.Items;

/// <summary>What a refund was answered when it asked for the item of its capture.</summary>
/// <param name="State">withdrawn, refused, or returned when the refund has failed.</param>
/// <param name="DecidedAt">UTC.</param>
internal sealed record Withdrawal(Id Refund, Id Capture, string State, DateTimeOffset DecidedAt);

/// <summary>Statements on the table <c>withdrawals</c>, and what they change of <c>items</c>. All of them need <see cref="LockAsync"/> first.</summary>
internal static class WithdrawalSql
{
    /// <summary>
    /// Until the transaction ends nobody else withdraws items of these slots or lets them arrive: there is no row yet that an item and the question for it
    /// could both lock. In sorted order, so that nobody waits in a circle.
    /// </summary>
    public static Task LockAsync(ShardTransaction transaction, IEnumerable<Slot> slots, CancellationToken cancel) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_xact_lock(hashtextextended('payflow.batch.withdrawals/' || slot, 0)) FROM unnest(@slots) AS slot",
            new { slots = slots.Select(slot => (int)slot.Number).Distinct().Order().ToArray() }, transaction.Transaction, cancellationToken: cancel));

    public static async Task<Withdrawal?> FindAsync(ShardTransaction transaction, Id refund, CancellationToken cancel)
    {
        var row = await transaction.Connection.QuerySingleOrDefaultAsync<(Guid Capture, string State, DateTime DecidedAt)?>(new CommandDefinition(
            "SELECT capture_id, state, decided_at FROM withdrawals WHERE refund_id = @id", new { id = refund.Value }, transaction.Transaction, cancellationToken: cancel));
        return row is var (capture, state, decidedAt)
            ? new Withdrawal(refund, Id.From(IdPrefix.Operation, capture), state, new DateTimeOffset(decidedAt, TimeSpan.Zero))
            : null;
    }

    /// <summary>Withdraws the item when it is open; true, too, when it hasn't come and nobody else has asked for it.</summary>
    public static Task<bool> TryTakeAsync(ShardTransaction transaction, Id capture, CancellationToken cancel) =>
        transaction.Connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            WITH taken AS (
                UPDATE items SET state = 'withdrawn' WHERE operation_id = @id AND kind = 'capture' AND state = 'open' RETURNING 1)
            SELECT EXISTS (SELECT FROM taken)
                OR NOT EXISTS (SELECT FROM items WHERE operation_id = @id) AND NOT EXISTS (SELECT FROM withdrawals WHERE capture_id = @id AND state = 'withdrawn')
            """,
            new { id = capture.Value }, transaction.Transaction, cancellationToken: cancel));

    /// <summary>Writes what refunds were answered; what one was answered before stays.</summary>
    public static Task InsertAsync(ShardTransaction transaction, IReadOnlyCollection<Withdrawal> withdrawals, CancellationToken cancel) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO withdrawals (refund_id, slot, capture_id, state, decided_at)
            SELECT * FROM unnest(@refunds, @slots, @captures, @states, @times) ON CONFLICT (refund_id) DO NOTHING
            """,
            new
            {
                refunds = withdrawals.Select(withdrawal => withdrawal.Refund.Value).ToArray(),
                slots = withdrawals.Select(withdrawal => (short)withdrawal.Capture.Slot.Number).ToArray(),
                captures = withdrawals.Select(withdrawal => withdrawal.Capture.Value).ToArray(),
                states = withdrawals.Select(withdrawal => withdrawal.State).ToArray(),
                times = withdrawals.Select(withdrawal => withdrawal.DecidedAt.UtcDateTime).ToArray(),
            },
            transaction.Transaction, cancellationToken: cancel));

    /// <summary>Items that have just come, but were asked for before.</summary>
    public static Task TakeArrivedAsync(ShardTransaction transaction, IEnumerable<Item> items, CancellationToken cancel) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE items i SET state = 'withdrawn' FROM withdrawals w
            WHERE i.id = ANY(@ids) AND i.kind = 'capture' AND i.state = 'open' AND w.capture_id = i.operation_id AND w.state = 'withdrawn'
            """,
            new { ids = items.Select(item => item.Id.Value).ToArray() }, transaction.Transaction, cancellationToken: cancel));

    /// <summary>Refunds that failed give back what they have withdrawn, and only that. One that was never heard of gets nothing when it asks.</summary>
    public static async Task ReturnAsync(ShardTransaction transaction, IReadOnlyCollection<Withdrawal> returned, CancellationToken cancel)
    {
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            WITH back AS (
                UPDATE withdrawals SET state = 'returned' WHERE refund_id = ANY(@refunds) AND state = 'withdrawn' RETURNING capture_id)
            UPDATE items i SET state = 'open' FROM back WHERE i.operation_id = back.capture_id AND i.state = 'withdrawn'
            """,
            new { refunds = returned.Select(withdrawal => withdrawal.Refund.Value).ToArray() }, transaction.Transaction, cancellationToken: cancel));
        await InsertAsync(transaction, returned, cancel);
    }
}
