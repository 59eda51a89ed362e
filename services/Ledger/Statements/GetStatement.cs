using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Slots;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Statements;

/// <summary>The entries of an account over a time, with its balance before and after.</summary>
internal sealed class GetStatement(Shards shards, ListTransfers transfers, IOptions<LedgerOptions> options)
{
    /// <summary>Cuts the statement; of a platform account one in each shard that has it.</summary>
    public async Task<Result<IReadOnlyList<Statement>>> HandleAsync(AccountName name, StatementRange range, CancellationToken ct)
    {
        if (range.To <= range.From)
        {
            return Refusal.Invalid([new FieldError("to", "out_of_range", "A statement ends after it begins.")]);
        }

        var statements = new List<Statement>();
        foreach (var shard in shards.Holding(name.Path))
        {
            if (await AccountSql.FindAsync(shard, name, ct) is not { } account)
            {
                continue;
            }

            if (await CutAsync(await transfers.HistoryAsync(shard, account, ct), range, ct) is not { } statement)
            {
                return new Refusal(RefusalKind.Conflict, "archived", $"The statement of {name} begins with entries that are archived. Ask for a later time.") { Param = "from" };
            }

            statements.Add(statement);
        }

        return statements.Count == 0 ? Refusal.NotFound("account", name.ToString()) : statements;
    }

    /// <summary>Its entries, oldest first, page by page.</summary>
    public async IAsyncEnumerable<StatementEntry> EntriesAsync(Statement statement, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var after = statement.After; after < statement.Through;)
        {
            var page = await PageAsync(statement, after, options.Value.PageSize, ct);
            foreach (var entry in page)
            {
                yield return entry;
            }

            after = page is [.., var last] ? last.Number : throw new InvalidOperationException($"{statement.Account.Name} has no entry after {after}, and should have {statement.Through}.");
        }
    }

    /// <summary>So many of its entries after one of them.</summary>
    public async Task<IReadOnlyList<StatementEntry>> PageAsync(Statement statement, long after, int limit, CancellationToken ct)
    {
        var count = (int)Math.Min(limit, statement.Through - after);
        List<ListedTransfer> listed = count <= 0 ? [] : await statement.History.ListAsync(after, count, ct);
        return listed.ConvertAll(each => StatementEntry.Of(statement.Account, each));
    }

    /// <returns>Null when it begins with entries that are archived.</returns>
    private static async Task<Statement?> CutAsync(AccountHistory history, StatementRange range, CancellationToken ct)
    {
        var account = history.Account;
        var after = range.From is { } from ? await history.VersionAtAsync(from, ct) : 0;
        var through = Math.Max(after, range.To is { } to ? await history.VersionAtAsync(to, ct) : account.Version);
        if (after >= account.Version)
        {
            return new Statement(history, after, after, account.LedgerBalance, account.LedgerBalance);
        }

        if (await FindAsync(after + 1) is not { } first)
        {
            return null;
        }

        var closing = through == after ? first.Before : through == account.Version ? account.LedgerBalance
            : (await FindAsync(through) ?? throw new InvalidOperationException($"{account.Name} has no entry {through}.")).Balance;
        return new Statement(history, after, through, first.Before, closing);

        async Task<StatementEntry?> FindAsync(long number) =>
            await history.ListAsync(number - 1, 1, ct) is [var listed] ? StatementEntry.Of(account, listed) : null;
    }
}
