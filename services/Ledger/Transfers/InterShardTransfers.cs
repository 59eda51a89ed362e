using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Slots;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// A transfer between the owners of two shards: pending at the source against <c>inter_shard/{a}-{b}</c>, posted under its own id at the destination against the same, then posted at the source. Each step
/// has an id that follows from the transfer's, and what is reserved and not finished is written down with it: whoever asks again, or the sweep, goes on where it stopped.
/// </summary>
internal sealed class InterShardTransfers(Shards shards, TransferStore store, EarlierShards earlier, TimeProvider time)
{
    /// <summary>Whether a lone transfer goes from the shard of one owner to that of another, and its id belongs to one of the two.</summary>
    public bool IsOne(NewTransfer transfer) =>
        transfer is { Kind: TransferKind.Posted, IsFact: false }
        && ShardOf(transfer.Debit.Path) is { } from && ShardOf(transfer.Credit.Path) is { } to && from != to && shards.For(transfer.Id.Slot) is var own && (own == from || own == to);

    public async Task<TransferRefusal> HandleAsync(NewTransfer asked, CancellationToken ct)
    {
        var (from, to) = (ShardOf(asked.Debit.Path)!, ShardOf(asked.Credit.Path)!);
        var between = ChartOfAccounts.InterShard(from.Number, to.Number, asked.Debit.Mode, asked.Debit.Currency);
        if (await CompareAsync(asked, from, to, ct) is { } made)
        {
            return made;
        }

        var reserved = await InterShardSql.FindAsync(from, asked.Id, ct);
        if (reserved is null && await TryAsync(to, asked with { Debit = between }, ct) is not TransferRefusal.Created and var known)
        {
            return known;   // it is there, or would be refused: nothing is written
        }

        var reservation = await ReserveAsync(from, asked, between, ct);
        if (!reservation.IsInTheBooks())
        {
            return reservation;
        }

        CrashPoint.Hit("ledger.intershard.reserved");
        reserved = await InterShardSql.FindAsync(from, asked.Id, ct);
        if (reserved is null)
        {
            return await TryAsync(to, asked with { Debit = between }, ct) is TransferRefusal.Created
                ? TransferRefusal.PendingAlreadyVoided   // it was refused there after all, and what was reserved is free again: ask with another id
                : TransferRefusal.Exists;                // somebody else has finished it meanwhile
        }

        return reserved.CreditPath == asked.Credit.Path ? await FinishAsync(from, reserved, ct) : TransferRefusal.ExistsWithDifferentCreditAccount;
    }

    /// <summary>Posts what is reserved at the destination, then at the source; frees it when the destination can't take it.</summary>
    public async Task<TransferRefusal> FinishAsync(Shard from, ReservedTransfer reserved, CancellationToken ct)
    {
        await using var transaction = await from.BeginAsync(ct);   // what is reserved here is ended here
        if (!await InterShardSql.TryLockAsync(transaction, reserved.Id, ct))
        {
            return TransferRefusal.Exists;   // finished by somebody else
        }

        var pending = (await BooksSql.LookAsync(transaction, [reserved.PendingId], [], ct)).Transfers[reserved.PendingId];
        var result = await PostAsync(ShardOf(reserved.CreditPath)!, reserved, pending, ct);
        CrashPoint.Hit("ledger.intershard.posted");
        var end = new NewTransfer
        {
            Id = reserved.Id.Derive(IdPrefix.Transfer, "inter_shard:end"),
            Kind = result.IsInTheBooks() ? TransferKind.PostPending : TransferKind.VoidPending,
            PendingId = reserved.PendingId,
            Type = result.IsInTheBooks() ? pending.Type : TransferType.Release,
            IsFact = true,
        };
        if (await store.ApplyAsync(transaction, TransferPlan.Of([end]), ct) is not [TransferRefusal.Created] and [var wrong])
        {
            throw new InvalidOperationException($"{reserved.PendingId}, which is reserved for another shard, can't be ended: {wrong.Code()}.");
        }

        await InterShardSql.RemoveAsync(transaction, reserved.Id, ct);
        await transaction.CommitAsync(ct);
        return result;
    }

    /// <summary>What is said of a transfer that was made, now or when one of the two lived elsewhere: between these shards, between others, or within one. Null when none was.</summary>
    private async Task<TransferRefusal?> CompareAsync(NewTransfer asked, Shard from, Shard to, CancellationToken ct)
    {
        Shard[] places = [from, to, .. await earlier.OfAsync(SlotOf(asked.Debit.Path), ct), .. await earlier.OfAsync(SlotOf(asked.Credit.Path), ct)];
        if (await FindAsync(places, asked.Id, ct) is not { } made)
        {
            return null;
        }

        // Between shards it names the account between them; who paid is said by what was reserved for it.
        var payer = await FindAsync(places, ReservationOf(asked.Id), ct) is { } reserved ? reserved.Debit : made.Debit;
        return LedgerEngine.Apply(Books.Of([], [made with { Debit = payer }]), [asked], time.GetUtcNow()).Results[0];
    }

    private static async Task<Transfer?> FindAsync(IEnumerable<Shard> places, Id transfer, CancellationToken ct)
    {
        foreach (var place in places.Distinct())
        {
            if (await TransferSql.FindAsync(place, transfer, ct) is { Transfer: var found })
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>What would become of a transfer, as it looks now.</summary>
    private async Task<TransferRefusal> TryAsync(Shard to, NewTransfer transfer, CancellationToken ct)
    {
        await using var transaction = await to.BeginAsync(ct);   // not committed
        return (await store.ApplyAsync(transaction, TransferPlan.Of([transfer]), ct))[0];
    }

    private async Task<TransferRefusal> ReserveAsync(Shard from, NewTransfer asked, AccountName between, CancellationToken ct)
    {
        var pending = asked with { Id = ReservationOf(asked.Id), Kind = TransferKind.Pending, Credit = between };
        await using var transaction = await from.BeginAsync(ct, SlotOf(asked.Debit.Path));
        var result = (await store.ApplyAsync(transaction, TransferPlan.Of([pending]), ct))[0];
        if (result == TransferRefusal.Created)
        {
            await InterShardSql.AddAsync(transaction, new ReservedTransfer(asked.Id, pending.Id, asked.Credit.Path), time.GetUtcNow(), ct);
            await transaction.CommitAsync(ct);
        }

        return result;
    }

    /// <summary>It was paid for: nothing but an id that means something else keeps it from its owner.</summary>
    private async Task<TransferRefusal> PostAsync(Shard to, ReservedTransfer reserved, Transfer pending, CancellationToken ct)
    {
        var posted = new NewTransfer
        {
            Id = reserved.Id,
            Kind = TransferKind.Posted,
            Debit = pending.Credit,
            Credit = new AccountName(reserved.CreditPath, pending.Debit.Mode, pending.Debit.Currency),
            Amount = pending.Amount,
            Type = pending.Type,
            PaymentId = pending.PaymentId,
            MerchantId = pending.MerchantId,
            EffectiveAt = pending.EffectiveAt,
            ExternalReference = pending.ExternalReference,
            IsFact = true,
        };
        await using var transaction = await to.BeginAsync(ct, SlotOf(reserved.CreditPath));
        var result = (await store.ApplyAsync(transaction, TransferPlan.Of([posted]), ct))[0];
        await transaction.CommitAsync(ct);
        return result;
    }

    private static Id ReservationOf(Id asked) => asked.Derive(IdPrefix.Transfer, "inter_shard:pending");

    private Shard? ShardOf(string? path) => ChartOfAccounts.SlotOf(path) is { } slot ? shards.For(slot) : null;

    private static Slot SlotOf(string path) => ChartOfAccounts.SlotOf(path) ?? throw new InvalidOperationException($"{path} has no owner.");
}
