using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Slots;

/// <summary>What became of a move.</summary>
/// <param name="Slot">Which slot.</param>
/// <param name="Shard">Where it is now.</param>
/// <param name="Accounts">How many accounts went along.</param>
/// <param name="PendingTransfers">How many pending transfers went along.</param>
/// <param name="ClosedMs">For how long nothing of the slot was taken, milliseconds; 0 when it was there already.</param>
internal sealed record MovedSlot(int Slot, int Shard, int Accounts, int PendingTransfers, long ClosedMs);

/// <summary>
/// Moves a slot to another shard while its merchants go on: for the moment in which what is open is carried over, their requests are refused as to be repeated, and their events wait. Asked for again, it goes on
/// where it was cut off.
/// </summary>
internal sealed partial class MoveSlot(Shards shards, SlotMove move, TransferStore store, InterShardTransfers interShard, TimeProvider time, ILogger<MoveSlot> logger)
{
    // "slotmove" in ASCII.
    private const long Turn = 0x736C6F746D6F7665;

    /// <summary>Where a slot is.</summary>
    public Task<(int? Shard, int? GoingTo)> FindAsync(Slot slot, CancellationToken ct) => move.FindAsync(slot, ct);

    public async Task<Result<MovedSlot>> HandleAsync(Slot slot, int to, CancellationToken ct)
    {
        if (to < 0 || to >= shards.All.Count)
        {
            return Refusal.Invalid([new FieldError("to", "out_of_range", $"There are {shards.All.Count} shards: must be 0 to {shards.All.Count - 1}.")]);
        }

        await using var turn = await TurnSql.TryTakeAsync(shards.All[0].Source, Turn, ct);
        if (turn is null)
        {
            return new Refusal(RefusalKind.Conflict, "slot_is_moving", "A slot is being moved. One is moved at a time.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        var (shard, goingTo) = await move.FindAsync(slot, ct);
        if (shard == to)
        {
            return new MovedSlot(slot.Number, to, 0, 0, 0);
        }

        if (goingTo is { } other && other != to)
        {
            return new Refusal(RefusalKind.Conflict, "slot_is_moving", $"Slot {slot} is on its way to shard {other}. Finish that first: ask for it to go there.");
        }

        var survey = await SurveyAsync(slot, shard, to, ct);
        if (!survey.TryGet(out var before, out var refusal))
        {
            return refusal;
        }

        var contents = new LedgerSlot(shards, store, interShard, time, before);
        var closedAt = time.GetTimestamp();
        try
        {
            await move.RunAsync(slot, to, contents, ct);
        }
        catch (SlotStaysException stays)
        {
            await shards.RefreshAsync(CancellationToken.None);
            return stays.Refusal;
        }

        await shards.RefreshAsync(CancellationToken.None);
        var closed = time.GetElapsedTime(closedAt);
        LogMoved(slot, to, contents.Accounts, contents.PendingTransfers, (long)closed.TotalMilliseconds);
        return new MovedSlot(slot.Number, to, contents.Accounts, contents.PendingTransfers, (long)closed.TotalMilliseconds);
    }

    /// <summary>What is pending, read while the slot is open; or why it can't go.</summary>
    private async Task<Result<(List<Transfer> Pending, long LastBlock)>> SurveyAsync(Slot slot, int? shard, int to, CancellationToken ct)
    {
        if (shard is not { } from)
        {
            return (new List<Transfer>(), 0L);   // it is closed: everything is read now
        }

        if (await SlotMoveSql.HasLeftAsync(shards.All[to].Source, slot, ct))
        {
            return new Refusal(RefusalKind.Conflict, "slot_was_there", $"Slot {slot} was in shard {to} before. A slot doesn't go back: move it to a shard where it wasn't.");
        }

        var lastBlock = await SlotMoveSql.LastBlockAsync(shards.All[from].Source, ct);
        var accounts = await SlotMoveSql.AccountsAsync(shards.All[from].Source, slot, ct);
        var pending = await SlotMoveSql.PendingAsync(shards.All[from].Source, slot, accounts, 0, ct);
        pending.RemoveAll(transfer => transfer.Credit.Path.StartsWith("inter_shard/", StringComparison.Ordinal));   // finished before it goes
        return LedgerSlot.Refuse(slot, pending, await SlotMoveSql.OldestAsync(shards.All[to].Source, ct)) is { } refusal ? refusal : (pending, lastBlock);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Slot {Slot} is in shard {To} now, with {Accounts} accounts and {Pending} pending transfers; it was closed for {Milliseconds} ms")]
    private partial void LogMoved(Slot slot, int to, int accounts, int pending, long milliseconds);
}
