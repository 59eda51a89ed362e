using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.Periods;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>An archive in the table <c>restored</c>, which goes with its transaction.</summary>
internal static class RestoreSql
{
    private const int MaxFindings = 20;

    /// <summary>Makes the table, and fills it with an archive's rows.</summary>
    public static async Task RestoreAsync(ShardTransaction transaction, TextReader rows, CancellationToken ct)
    {
        await using (var make = new NpgsqlCommand(
            "CREATE TEMPORARY TABLE restored (LIKE transfers, debit_account text, credit_account text, mode smallint, currency text) ON COMMIT DROP",
            transaction.Connection,
            transaction.Transaction))
        {
            await make.ExecuteNonQueryAsync(ct);
        }

        await using var writer = await transaction.Connection.BeginTextImportAsync("COPY restored FROM STDIN (FORMAT csv, HEADER)", ct);
        var buffer = new char[32 * 1024];
        for (int read; (read = await rows.ReadAsync(buffer, ct)) > 0;)
        {
            await writer.WriteAsync(buffer.AsMemory(0, read), ct);
        }
    }

    /// <summary>What of the restored rows isn't as the manifest, the ledger and the chain say.</summary>
    public static async Task<List<string>> CompareAsync(ShardTransaction transaction, Period month, Manifest manifest, int seconds, CancellationToken ct)
    {
        var findings = new List<string>();
        await using (var sums = new NpgsqlCommand("SELECT mode, currency, count(*), sum(amount)::bigint FROM restored GROUP BY 1, 2 ORDER BY 1, 2", transaction.Connection, transaction.Transaction))
        await using (var reader = await sums.ExecuteReaderAsync(ct))
        {
            var amounts = await ArchiveSql.ReadAmountsAsync(reader, ct);
            if (!amounts.SequenceEqual(manifest.Amounts))
            {
                findings.Add($"The rows add up to [{string.Join(", ", amounts)}], the manifest says [{string.Join(", ", manifest.Amounts)}].");
            }
        }

        await using (var entries = new NpgsqlCommand(
            $"""
            SELECT coalesce(e.account_id, r.account_id) FROM (SELECT * FROM archived_entries WHERE month = $1) e
              FULL JOIN ({ArchiveSql.Entries("restored t")}) r ON r.account_id = e.account_id
             WHERE (e.entries, e.debits, e.credits) IS DISTINCT FROM (r.entries, r.debits, r.credits) ORDER BY 1 LIMIT {MaxFindings}
            """,
            transaction.Connection,
            transaction.Transaction)
        {
            CommandTimeout = seconds,
            Parameters = { new() { Value = month.Number } },
        })
        await using (var reader = await entries.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                findings.Add($"The entries of account {reader.GetInt64(0)} are not those that were archived.");
            }
        }

        findings.AddRange(await CompareBlocksAsync(transaction, seconds, ct));
        return findings;
    }

    /// <summary>Blocks that are whole in the archive are hashed again.</summary>
    private static async Task<List<string>> CompareBlocksAsync(ShardTransaction transaction, int seconds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {TransferSql.Columns}, t.debit_previous_id, t.credit_previous_id, t.block, b.root, count(*) OVER (PARTITION BY t.block) = b.transfers AS is_whole
              FROM restored t {TransferSql.Accounts} JOIN blocks b ON b.number = t.block ORDER BY t.block, t.position
            """,
            transaction.Connection,
            transaction.Transaction)
        {
            CommandTimeout = seconds,
        };
        var findings = new List<string>();
        var leaves = new List<byte>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        var (block, root) = (0L, Array.Empty<byte>());
        var leaf = new byte[Leaf.Size];
        var (blockColumn, rootColumn, isWholeColumn) = (reader.GetOrdinal("block"), reader.GetOrdinal("root"), reader.GetOrdinal("is_whole"));
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetInt64(blockColumn) != block)
            {
                Compare();
                (block, root) = (reader.GetInt64(blockColumn), reader.GetFieldValue<byte[]>(rootColumn));
            }

            if (reader.GetBoolean(isWholeColumn))
            {
                Leaf.Hash(TransferSql.Read(reader) with { DebitPrevious = ReadId(reader, "debit_previous_id"), CreditPrevious = ReadId(reader, "credit_previous_id") }, leaf);
                leaves.AddRange(leaf);
            }
        }

        Compare();
        return findings;

        void Compare()
        {
            if (leaves.Count > 0 && !MerkleTree.Root([.. leaves]).AsSpan().SequenceEqual(root) && findings.Count < MaxFindings)
            {
                findings.Add($"The transfers of block {block} don't make its root.");
            }

            leaves.Clear();
        }
    }

    private static Id? ReadId(NpgsqlDataReader reader, string column) => reader.GetOrdinal(column) is var at && reader.IsDBNull(at) ? null : Id.From(IdPrefix.Transfer, reader.GetGuid(at));
}
