using Microsoft.Extensions.Options;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.Chain.Verification;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Storage;

namespace PayFlow.Ledger.IntegrationTests.Chain;

/// <summary>A ledger of five blocks, all of them signed, that each test damages in its way and that is then as it was.</summary>
public sealed class VerifiedLedger : IAsyncLifetime
{
    private static readonly string[] Tables = ["transfers", "transfer_ends", "blocks", "chain_head", "accounts"];

    public LedgerHost Host { get; private set; } = null!;

    /// <summary>The transfer of block 2, which has no other.</summary>
    public string Alone { get; private set; } = "";

    /// <summary>The second of the three transfers of block 3.</summary>
    public string Middle { get; private set; } = "";

    public long LastBlock => 5;

    private string FileOfHeads => Directory.EnumerateFiles(Path.Combine(Host.Service<IOptions<ChainOptions>>().Value.HeadsDirectory, "shard-0")).Order(StringComparer.Ordinal).Last();

    public async Task InitializeAsync()
    {
        Host = await LedgerHost.StartAsync(1, ("Ledger:Chain:HeadInterval", "00:00:00.05"), ("Ledger:Chain:VerifyPage", "2"));
        var asking = new Asking(Host);
        var alone = asking.Posted(asking.Receivable, asking.Available, 20);
        var middle = asking.Posted(asking.Available, asking.Revenue, 3);
        var hold = asking.Held(asking.Available, asking.Revenue, 5);
        await asking.AskAsync(asking.Posted(asking.Receivable, asking.Available, 100), asking.Posted(asking.Receivable, asking.Available, 1));
        await asking.AskAsync(alone);
        await asking.AskAsync(asking.Posted(asking.Receivable, asking.Available, 7), middle, hold);
        await asking.AskAsync(asking.End(hold.TransferId, 4), asking.Posted(Asking.Name("bank_cash/house", "JPY"), Asking.Name("suspense", "JPY"), 3));
        await asking.AskAsync(asking.Posted(asking.Available, asking.Revenue, 2));
        (Alone, Middle) = (alone.TransferId, middle.TransferId);
        await Host.SignedAsync();
        foreach (var table in Tables)
        {
            await Host.AsSuperuserAsync($"CREATE TABLE kept_{table} AS SELECT * FROM {table}");
        }

        // Generated columns can't be written, also not back.
        await Host.AsSuperuserAsync("ALTER TABLE kept_accounts DROP COLUMN ledger");
    }

    public async Task DisposeAsync() => await Host.DisposeAsync();

    /// <summary>Puts every row back.</summary>
    public async Task RestoreAsync()
    {
        await Host.AsSuperuserAsync("DELETE FROM archived_entries; DELETE FROM archived_blocks; DELETE FROM archives");
        foreach (var table in Tables)
        {
            var columns = (string)(await Host.SqlAsync($"SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'kept_{table}'::regclass AND attnum > 0 AND NOT attisdropped"))!;
            await Host.AsSuperuserAsync($"DELETE FROM {table}; INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}");
        }
    }

    /// <summary>Takes the last block away, and sets the end of the chain and the accounts to what they were before it.</summary>
    public Task CutTailAsync() => Host.AsSuperuserAsync(
        $"""
        UPDATE accounts SET debits_posted = debits_posted - 2, version = version - 1, last_transfer_id = (SELECT debit_previous_id FROM transfers WHERE block = {LastBlock}) WHERE path LIKE 'merchant/%';
        UPDATE accounts SET credits_posted = credits_posted - 2, version = version - 1, last_transfer_id = (SELECT credit_previous_id FROM transfers WHERE block = {LastBlock})
         WHERE path = 'processing_revenue';
        DELETE FROM transfers WHERE block = {LastBlock};
        DELETE FROM blocks WHERE number = {LastBlock};
        UPDATE chain_head h SET number = b.number, hash = b.hash FROM blocks b WHERE b.number = {LastBlock - 1}
        """);

    /// <summary>Computes every root and hash again from the rows, as the service itself would.</summary>
    public async Task ComputeAnewAsync()
    {
        await using var connection = await Host.Service<Shards>().All[0].Source.OpenConnectionAsync();
        var names = (await VerificationSql.AccountsAsync(connection, only: null, seconds: 5, CancellationToken.None)).ToDictionary(account => account.Id, account => account.Name);
        var blocks = await ChainSql.BlocksAsync(connection, 0, LastBlock, limit: 100, CancellationToken.None);
        var rows = await VerificationSql.RowsAsync(connection, 1, LastBlock, archivedBefore: null, seconds: 5, CancellationToken.None);
        await Host.AsSuperuserAsync("DELETE FROM blocks; UPDATE chain_head SET number = 0, hash = decode(repeat('00', 32), 'hex')");
        foreach (var block in blocks)
        {
            var root = RootOf(rows.Where(row => row.Block == block.Number), names);
            await Host.AsSuperuserAsync($"PERFORM ledger_add_block(decode('{Convert.ToHexString(root)}', 'hex'), {block.Transfers}, '{HeadLine.Write(block.CreatedAt)}')");
        }
    }

    /// <summary>Takes the last line of the signed heads away.</summary>
    public void ForgetLastHead() => File.WriteAllLines(FileOfHeads, File.ReadAllLines(FileOfHeads).SkipLast(1));

    private static byte[] RootOf(IEnumerable<StoredTransfer> rows, Dictionary<long, AccountName> names)
    {
        var leaves = new List<byte>();
        var leaf = new byte[Leaf.Size];
        foreach (var row in rows)
        {
            Leaf.Hash(row.ToTransfer(names[row.DebitAccount], names[row.CreditAccount]), leaf);
            leaves.AddRange(leaf);
        }

        return MerkleTree.Root(leaves.ToArray());
    }
}
