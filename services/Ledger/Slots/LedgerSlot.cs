using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Slots;

/// <summary>A slot isn't moved, and why. It stays where it is.</summary>
internal sealed class SlotStaysException(Refusal refusal) : Exception(refusal.Message)
{
    public Refusal Refusal { get; } = refusal;
}

/// <summary>
/// What of the books a slot takes along: what is open. Posted transfers stay where they were signed. What is pending is released where it was and begun again, under its own id, where it goes; what an account has
/// is posted to <c>inter_shard/{a}-{b}</c> there and from it here. All of that are transfers like any other, so the books and chains of both shards hold at every moment, and each has an id that follows from the
/// move: whoever goes on after a crash posts nothing twice.
/// </summary>
/// <param name="before">What was pending when the slot was still open, and the last block then: so that little is read while nobody can write.</param>
internal sealed class LedgerSlot(Shards shards, TransferStore store, InterShardTransfers interShard, TimeProvider time, (List<Transfer> Pending, long LastBlock) before) : ISlotContents
{
    // As many as a large request has: a batch is one commit, and others of the shard wait for no more than that.
    private const int Batch = 2_000;

    /// <summary>What went along.</summary>
    public int Accounts { get; private set; }

    /// <summary>What went along.</summary>
    public int PendingTransfers { get; private set; }

    /// <summary>What keeps pending transfers from going along; null when nothing does.</summary>
    public static Refusal? Refuse(Slot slot, IEnumerable<Transfer> pending, DateTimeOffset oldest)
    {
        foreach (var transfer in pending)
        {
            if (transfer.Id.Slot != slot || IsOfAnother(transfer.Debit) || IsOfAnother(transfer.Credit))
            {
                return new Refusal(
                    RefusalKind.Conflict, "pending_with_another_slot",
                    $"{transfer.Id} is pending between {transfer.Debit} and {transfer.Credit}, which wouldn't be in one shard any more. Wait until it has ended, or end it, and move the slot then.");
            }

            if (transfer.Id.Time < oldest)
            {
                return new Refusal(
                    RefusalKind.Conflict, "pending_too_old", $"{transfer.Id} is pending since {transfer.CreatedAt:yyyy-MM-dd}; the shard takes nothing that was begun before {oldest:yyyy-MM-dd}. Wait until it has ended, or end it.");
            }
        }

        return null;

        bool IsOfAnother(AccountName account) => ChartOfAccounts.SlotOf(account.Path) is { } owner && owner != slot;
    }

    /// <summary>Finishes what the slot's accounts pay to other shards, and makes sure that everything that is pending can go along.</summary>
    public async Task PrepareAsync(SlotStep step, CancellationToken ct)
    {
        CrashPoint.Hit("ledger.slot.closed");
        var accounts = await SlotMoveSql.AccountsAsync(step.Source, step.Slot, ct);
        foreach (var reserved in await SlotMoveSql.ReservedAsync(step.Source, accounts, ct))
        {
            if (await InterShardSql.FindAsync(shards.All[step.From], reserved, ct) is { } unfinished)
            {
                await interShard.FinishAsync(shards.All[step.From], unfinished, ct);
            }
        }

        if (Refuse(step.Slot, await PendingAsync(step, accounts, ct), await SlotMoveSql.OldestAsync(step.Target, ct)) is { } refusal)
        {
            throw new SlotStaysException(refusal);
        }
    }

    public async Task CopyAsync(SlotStep step, CancellationToken ct)
    {
        var now = LedgerEngine.ToMicroseconds(time.GetUtcNow());
        var departure = await SlotMoveSql.DepartAsync(step, now, ct);
        var accounts = await SlotMoveSql.AccountsAsync(step.Source, step.Slot, ct);

        await ApplyAsync(step.From, (await PendingAsync(step, accounts, ct)).ConvertAll(pending => Release(step, pending)), ct);
        await ApplyAsync(step.From, [.. accounts.Where(account => account.Balance != 0).Select(account => Out(step, departure, account.Name, account.Balance))], ct);
        if ((await SlotMoveSql.AccountsAsync(step.Source, step.Slot, ct)).Find(account => account.Balance != 0 || account.HasPending) is { } left)
        {
            throw new InvalidOperationException($"Slot {step.Slot} has left shard {step.From}, and {left.Name} has something there still.");
        }

        CrashPoint.Hit("ledger.slot.left");
        await SlotMoveSql.CopyAsync(step, now, ct);
        CrashPoint.Hit("ledger.slot.copied");

        var taken = await SlotMoveSql.TakenAwayAsync(step, departure, ct);
        var outs = await TransferSql.FindAsync(shards.All[step.From], accounts.ConvertAll(account => OutId(departure, account.Name)), [], ct);
        await ApplyAsync(step.To, outs.ConvertAll(moved => In(step, departure, moved)), ct);
        await ApplyAsync(step.To, taken.ConvertAll(Again), ct);
        (Accounts, PendingTransfers) = (accounts.Count, taken.Count);
        CrashPoint.Hit("ledger.slot.arrived");
    }

    private async Task<List<Transfer>> PendingAsync(SlotStep step, List<SlotAccount> accounts, CancellationToken ct) =>
    [
        .. await SlotMoveSql.StillPendingAsync(step.Source, before.Pending, ct),
        .. await SlotMoveSql.PendingAsync(step.Source, step.Slot, accounts, before.LastBlock, ct),
    ];

    private async Task ApplyAsync(int shard, List<NewTransfer> transfers, CancellationToken ct)
    {
        foreach (var batch in transfers.Chunk(Batch))
        {
            await using var transaction = await shards.All[shard].BeginAsync(ct);   // of a slot that nobody owns
            var results = await store.ApplyAsync(transaction, TransferPlan.Of(batch), ct);
            if (results.Zip(batch).FirstOrDefault(applied => !applied.First.IsInTheBooks()) is (var refusal, { } refused))
            {
                throw new InvalidOperationException($"{refused.Id} can't be posted in shard {shard} while its slot is moved: {refusal.Code()}.");
            }

            await transaction.CommitAsync(ct);
        }
    }

    private static NewTransfer Release(SlotStep step, Transfer pending) => new()
    {
        Id = pending.Id.Derive(IdPrefix.Transfer, $"slot_move:{step.Epoch}"),
        Kind = TransferKind.VoidPending,
        PendingId = pending.Id,
        Type = TransferType.SlotMove,
        ExternalReference = SlotMoveSql.Reference(step),
        IsFact = true,
    };

    /// <summary>The pending transfer as it was begun.</summary>
    private static NewTransfer Again(Transfer pending) => new()
    {
        Id = pending.Id,
        Kind = TransferKind.Pending,
        Debit = pending.Debit,
        Credit = pending.Credit,
        Amount = pending.Amount,
        Type = pending.Type,
        PaymentId = pending.PaymentId,
        MerchantId = pending.MerchantId,
        EffectiveAt = pending.EffectiveAt,
        ExternalReference = pending.ExternalReference,
        ExpiresAt = pending.ExpiresAt,
        IsFact = true,
    };

    /// <summary>Takes from an account what it has, or gives it what it owes.</summary>
    /// <param name="balance">Posted debits less credits, minor units.</param>
    private static NewTransfer Out(SlotStep step, Departure departure, AccountName name, long balance)
    {
        var between = ChartOfAccounts.InterShard(step.From, step.To, name.Mode, name.Currency);
        return new NewTransfer
        {
            Id = OutId(departure, name),
            Kind = TransferKind.Posted,
            Debit = balance < 0 ? name : between,
            Credit = balance < 0 ? between : name,
            Amount = Math.Abs(balance),
            Type = TransferType.SlotMove,
            MerchantId = ChartOfAccounts.TryGetOwner(name.Path, out var owner) && owner.Prefix == IdPrefix.Merchant ? owner : null,
            ExternalReference = SlotMoveSql.Reference(step),
            IsFact = true,
        };
    }

    /// <summary>The other way round, where the account goes.</summary>
    private static NewTransfer In(SlotStep step, Departure departure, Transfer moved)
    {
        var account = ChartOfAccounts.TryGetOwner(moved.Debit.Path, out _) ? moved.Debit : moved.Credit;
        return new NewTransfer
        {
            Id = departure.MoveId.Derive(IdPrefix.Transfer, $"in:{account}"),
            Kind = TransferKind.Posted,
            Debit = moved.Credit,
            Credit = moved.Debit,
            Amount = moved.Amount,
            Type = TransferType.SlotMove,
            MerchantId = moved.MerchantId,
            ExternalReference = SlotMoveSql.Reference(step),
            IsFact = true,
        };
    }

    private static Id OutId(Departure departure, AccountName name) => departure.MoveId.Derive(IdPrefix.Transfer, $"out:{name}");
}
