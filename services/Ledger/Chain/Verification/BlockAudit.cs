using System.Globalization;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>
/// Compares the rows of each block with the block, and each row with the ones before it of the same accounts. Pure: it is given blocks and rows in order. The root says that something
/// in a block is different; what the rows say of each other says which row, wherever an amount, an account, a balance, a number or a time is concerned.
/// </summary>
internal sealed class BlockAudit(IReadOnlyDictionary<long, AccountTrail> accounts, Action<Finding> report)
{
    private const int NamedAtMost = 5;

    private byte[] _leaves = [];

    /// <param name="block">As its row says.</param>
    /// <param name="rows">All rows that say they are in it, by position.</param>
    /// <param name="archived">How many of its transfers are archived.</param>
    public void Check(Block block, IReadOnlyList<StoredTransfer> rows, long archived)
    {
        if (_leaves.Length < rows.Count * Leaf.Size)
        {
            _leaves = new byte[rows.Count * Leaf.Size * 2];
        }

        // Rows were read before archives: when they are all here, they were archived meanwhile. Else the root is compared with the archive (VerifyArchive).
        var isWhole = archived == 0 || rows.Count == block.Transfers;
        var isNamed = isWhole ? CheckPositions(block, rows) : CheckCount(block, rows.Count, archived);
        for (var i = 0; i < rows.Count; i++)
        {
            var entries = CheckEntries(rows[i]);   // of every row, as the next ones go on from it
            var fault = CheckRow(block, rows[i]) ?? entries;
            if (!TryHash(rows[i], _leaves.AsSpan(i * Leaf.Size, Leaf.Size)))
            {
                fault ??= new Finding(FindingKind.RowChanged, 0, null, "id", "one of its ids or accounts can't be read");
            }

            if (fault is not null)
            {
                isNamed = true;
                report(fault with { Block = block.Number, Transfer = fault.Transfer ?? (fault.Kind == FindingKind.RowMissing ? null : rows[i].Name), Detail = $"Transfer {rows[i].Name} of block {block.Number}: {fault.Detail}." });
            }
        }

        if (isWhole && !isNamed && !MerkleTree.Root(_leaves.AsSpan(0, rows.Count * Leaf.Size)).AsSpan().SequenceEqual(block.Root))
        {
            ReportUnnamed(block, rows);
        }
    }

    /// <summary>What isn't here is archived.</summary>
    private bool CheckCount(Block block, int rows, long archived)
    {
        if (rows + archived == block.Transfers)
        {
            return false;
        }

        report(new Finding(
            rows + archived < block.Transfers ? FindingKind.RowMissing : FindingKind.RowAdded, block.Number, null, null,
            $"Of the {block.Transfers} transfers of block {block.Number} {archived} are archived and {rows} are here."));
        return true;
    }

    /// <summary>Positions count from 0 without gaps.</summary>
    private bool CheckPositions(Block block, IReadOnlyList<StoredTransfer> rows)
    {
        var (expected, isRight) = (0, true);
        foreach (var row in rows)
        {
            if (row.Position < expected || row.Position >= block.Transfers)
            {
                isRight = false;
                report(new Finding(FindingKind.RowAdded, block.Number, row.Name, null, $"Transfer {row.Name} is not one of the {block.Transfers} that were written with block {block.Number}."));
                continue;
            }

            isRight &= CheckGap(block, expected, row.Position);
            expected = row.Position + 1;
        }

        return !(isRight & CheckGap(block, expected, block.Transfers));
    }

    private bool CheckGap(Block block, int expected, int next)
    {
        if (next <= expected)
        {
            return true;
        }

        var which = next - expected == 1 ? $"The transfer at position {expected}" : $"The transfers at positions {expected} to {next - 1}";
        report(new Finding(FindingKind.RowMissing, block.Number, null, null, $"{which} of block {block.Number} ({block.Transfers} transfers, written {HeadLine.Write(block.CreatedAt)}) {(next - expected == 1 ? "is" : "are")} missing."));
        return false;
    }

    /// <summary>What a row must say whatever the others say.</summary>
    private static Finding? CheckRow(Block block, StoredTransfer row) =>
        row.CreatedAt != block.CreatedAt ? Changed("created_at", "it was not created when its block was")
        : LedgerEngine.PeriodOf(row.EffectiveAt, closedThrough: 0) > row.Period ? Changed("period", "it is booked before the month it is effective in")
        : null;

    /// <summary>Both entries go on from the one before of the same account.</summary>
    private Finding? CheckEntries(StoredTransfer row)
    {
        if (!accounts.TryGetValue(row.DebitAccount, out var debit) || !accounts.TryGetValue(row.CreditAccount, out var credit))
        {
            return Changed("account", "it names an account that isn't there");
        }

        var debitEntry = new Entry(row.Id, row.DebitVersion, row.DebitBalance, row.DebitPrevious);
        var creditEntry = new Entry(row.Id, row.CreditVersion, row.CreditBalance, row.CreditPrevious);
        var (debitStep, creditStep) = (debit.Take(debitEntry, row.Posted), credit.Take(creditEntry, -row.Posted));
        if (debit.Name.Mode != credit.Name.Mode || debit.Name.Currency != credit.Name.Currency)
        {
            return Changed("account", $"it leads from {debit.Name} to {credit.Name}");
        }

        return FaultOfNumber("debit", debit.Name, debitEntry, debitStep.Number) ?? FaultOfNumber("credit", credit.Name, creditEntry, creditStep.Number)
            ?? FaultOfBalances(debit.Name, debitStep.Balance, credit.Name, creditStep.Balance)
            ?? (!debitStep.IsLinked ? Changed("debit_previous_id", $"it names another transfer as the one before it of {debit.Name}")
                : !creditStep.IsLinked ? Changed("credit_previous_id", $"it names another transfer as the one before it of {credit.Name}")
                : null);
    }

    private static Finding? FaultOfNumber(string side, AccountName account, Entry entry, long off) => off switch
    {
        0 => null,
        1 when entry.Previous is { } missing => new Finding(
            FindingKind.RowMissing, 0, StoredTransfer.NameOf(missing), null, $"it is entry {entry.Version} of {account}, and the one before it, transfer {StoredTransfer.NameOf(missing)}, is missing"),
        > 0 => new Finding(FindingKind.RowMissing, 0, null, null, $"it is entry {entry.Version} of {account}, and {off} entries before it are missing"),
        _ => Changed($"{side}_version", $"it is entry {entry.Version} of {account}, which there was already"),
    };

    private static Finding? FaultOfBalances(AccountName debit, long debitOff, AccountName credit, long creditOff) =>
        debitOff == 0 && creditOff == 0 ? null
        : debitOff == -creditOff ? Changed("amount", $"its amount or kind isn't what both running balances changed by; they are off by {Amount(debitOff)}")
        : debitOff != 0 ? Changed("debit_balance", $"the running balance of {debit} doesn't follow from the one before; it is off by {Amount(debitOff)}")
        : Changed("credit_balance", $"the running balance of {credit} doesn't follow from the one before; it is off by {Amount(creditOff)}");

    private bool TryHash(StoredTransfer row, Span<byte> destination)
    {
        if (!accounts.TryGetValue(row.DebitAccount, out var debit) || !accounts.TryGetValue(row.CreditAccount, out var credit))
        {
            return false;
        }

        try
        {
            Leaf.Hash(row.ToTransfer(debit.Name, credit.Name), destination);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private void ReportUnnamed(Block block, IReadOnlyList<StoredTransfer> rows)
    {
        var candidates = string.Join(", ", rows.Take(NamedAtMost).Select(row => row.Name)) + (rows.Count > NamedAtMost ? ", …" : "");
        report(rows.Count == 1
            ? new Finding(FindingKind.RowChanged, block.Number, rows[0].Name, "other", $"Transfer {rows[0].Name} of block {block.Number} isn't what was written: its type, payment, merchant, reference, times or names of accounts.")
            : new Finding(
                FindingKind.RowChanged, block.Number, null, "other",
                $"One of the {rows.Count} transfers of block {block.Number} isn't what was written: its type, payment, merchant, reference, times or names of accounts. It is one of {candidates}"));
    }

    private static Finding Changed(string field, string detail) => new(FindingKind.RowChanged, 0, null, field, detail);

    private static string Amount(long off) => off.ToString(CultureInfo.InvariantCulture);
}
