using Microsoft.Extensions.Options;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain.Verification;
using PayFlow.Ledger.Slots;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Chain.Proofs;

/// <summary>Proves the transfers of a payment: each by its path to its block, and that by the blocks up to the next signed head.</summary>
internal sealed partial class GetPaymentProof(Shards shards, EarlierShards earlier, HeadStore store, IOptions<ChainOptions> options, ILogger<GetPaymentProof> logger)
{
    private const int Seconds = 5;

    // Clocks of one platform may differ: a head may be in the file of the day before its block was made.
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(5);

    /// <returns>The proof, or why there is none: the payment is not this merchant's, or is not signed yet.</returns>
    public async Task<Result<PaymentProof>> HandleAsync(Id payment, Id merchant, Mode mode, CancellationToken ct)
    {
        var (transfers, chains) = (new List<ProvenTransfer>(), new List<ProvenChain>());
        foreach (var shard in (await earlier.OfAsync(payment.Slot, ct)).Append(shards.For(payment.Slot)))
        {
            if (await ProveAsync(shard, payment, merchant, mode, transfers, chains, ct) is { } refusal)
            {
                return refusal;
            }
        }

        return transfers.Count == 0 ? Refusal.NotFound("payment", payment.ToString()) : new PaymentProof("payment_proof", payment, transfers, chains);
    }

    /// <summary>Adds what is in a shard, and what proves it; or says why that can't be proven.</summary>
    private async Task<Refusal?> ProveAsync(Shard shard, Id payment, Id merchant, Mode mode, List<ProvenTransfer> transfers, List<ProvenChain> chains, CancellationToken ct)
    {
        await using var connection = await shard.Source.OpenConnectionAsync(ct);
        var archivedBefore = await VerificationSql.ArchivedBeforeAsync(connection, ct);
        var rows = (await VerificationSql.OfPaymentAsync(connection, payment.Value, archivedBefore, Seconds, ct)).Where(row => row.MerchantId == merchant.Value).ToList();
        var names = await NamesAsync(connection, rows, ct);
        rows.RemoveAll(row => names[row.DebitAccount].Mode != mode);
        var own = new List<ProvenChain>();
        foreach (var row in rows.DistinctBy(row => row.Block))
        {
            if (own.LastOrDefault() is { } chain && row.Block <= chain.Head.Block)
            {
                continue;
            }

            if (await HeadFromAsync(shard, row, ct) is not { } head)
            {
                return new Refusal(RefusalKind.Conflict, "not_signed_yet", "The last transfers of this payment are not covered by a signed head yet. One is signed every minute.")
                {
                    RetryAfter = options.Value.HeadInterval,
                };
            }

            own.Add(new ProvenChain(await BlocksAsync(connection, row.Block, head.Head.Block, ct), HeadLine.Of(head)));
        }

        foreach (var ofBlock in rows.GroupBy(row => row.Block))
        {
            var header = own.SelectMany(chain => chain.Blocks).First(block => block.Number == ofBlock.Key);
            var leaves = await LeavesAsync(connection, header, archivedBefore, ct);
            if (leaves is null)
            {
                LogUnproven(payment, ofBlock.Key);
                return new Refusal(RefusalKind.Conflict, "proof_not_available", $"The transfers of block {ofBlock.Key} are not all here: they are archived, or the books are damaged. Ask the operator.");
            }

            transfers.AddRange(ofBlock.Select(row => Prove(shard, row, names, merchant, leaves)));
        }

        chains.AddRange(own);
        return null;
    }

    private static async Task<Dictionary<long, AccountName>> NamesAsync(NpgsqlConnection connection, IEnumerable<StoredTransfer> rows, CancellationToken ct)
    {
        var ids = rows.SelectMany(row => (long[])[row.DebitAccount, row.CreditAccount]).ToHashSet();
        return (await VerificationSql.AccountsAsync(connection, ids, Seconds, ct)).ToDictionary(account => account.Id, account => account.Name);
    }

    /// <summary>The first head that a row's block leads to.</summary>
    private async Task<SignedHead?> HeadFromAsync(Shard shard, StoredTransfer row, CancellationToken ct)
    {
        await foreach (var signed in store.ReadAsync(shard.Number, row.CreatedAt - ClocksDiffer, ct))
        {
            if (signed.Head.Block >= row.Block)
            {
                return signed;
            }
        }

        return null;
    }

    private static async Task<List<ProvenBlock>> BlocksAsync(NpgsqlConnection connection, long first, long last, CancellationToken ct) =>
        [.. (await ChainSql.BlocksAsync(connection, first - 1, last, checked((int)(last - first + 1)), ct)).Select(block => new ProvenBlock(
            block.Number, Convert.ToHexStringLower(block.PreviousHash), Convert.ToHexStringLower(block.Root), block.Transfers, HeadLine.Write(block.CreatedAt)))];

    /// <summary>The leaves of a block, one behind the other; null when they don't make its root.</summary>
    private static async Task<byte[]?> LeavesAsync(NpgsqlConnection connection, ProvenBlock block, Guid? archivedBefore, CancellationToken ct)
    {
        var rows = await VerificationSql.RowsAsync(connection, block.Number, block.Number, archivedBefore, Seconds, ct);
        var names = await NamesAsync(connection, rows, ct);
        var leaves = new byte[rows.Count * Leaf.Size];
        for (var i = 0; i < rows.Count; i++)
        {
            Leaf.Hash(rows[i].ToTransfer(names[rows[i].DebitAccount], names[rows[i].CreditAccount]), leaves.AsSpan(i * Leaf.Size));
        }

        var root = MerkleTree.Root((byte[])leaves.Clone());
        return rows.Count == block.Transfers && Convert.ToHexStringLower(root) == block.Root ? leaves : null;
    }

    private static ProvenTransfer Prove(Shard shard, StoredTransfer row, Dictionary<long, AccountName> names, Id merchant, byte[] leaves)
    {
        var transfer = row.ToTransfer(names[row.DebitAccount], names[row.CreditAccount]);
        var path = MerkleTree.Path((byte[])leaves.Clone(), row.Position);
        return new ProvenTransfer(FieldsOf(transfer, merchant), shard.Number, row.Block, row.Position, [.. path.Select(Convert.ToHexStringLower)]);
    }

    private static ProvenFields FieldsOf(Transfer transfer, Id merchant)
    {
        return new ProvenFields(
            transfer.Id, transfer.Kind, transfer.PendingId, transfer.Debit.Mode, transfer.Debit.Currency, transfer.Debit.Path, transfer.Credit.Path, transfer.Amount, transfer.Type,
            transfer.PaymentId, transfer.MerchantId, transfer.ExternalReference, transfer.ExpiresAt is { } expiresAt ? HeadLine.Write(expiresAt) : null,
            After(transfer.Debit, Leaf.DebitedAfter(transfer), transfer.DebitVersion, transfer.DebitBalance, transfer.DebitPrevious),
            After(transfer.Credit, Leaf.CreditedAfter(transfer), transfer.CreditVersion, transfer.CreditBalance, transfer.CreditPrevious),
            transfer.Period, HeadLine.Write(transfer.EffectiveAt), HeadLine.Write(transfer.CreatedAt));

        ProvenBalance After(AccountName account, byte[] hash, long entry, long balance, Id? previous)
        {
            var isOwn = ChartOfAccounts.TryGetOwner(account.Path, out var owner) && owner == merchant;
            return new ProvenBalance(Convert.ToHexStringLower(hash), isOwn ? entry : null, isOwn ? balance : null, isOwn ? previous : null);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Payment {Payment} can't be proven: the rows of block {Block} don't make its root. `eng/payflow verify-ledger` says more.")]
    private partial void LogUnproven(Id payment, long block);
}
