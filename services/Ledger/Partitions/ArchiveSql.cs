using System.Globalization;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Periods;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>What is read of a month for its archive, and the tables <c>archives</c>, <c>archived_entries</c> and <c>archived_blocks</c>. A month's ids are a range, and its partition is all that it reads.</summary>
internal static class ArchiveSql
{
    private const int MaxDifferences = 20;

    /// <summary>Rows with everything that they say, and the names of what they refer to by number; to be read without our tables.</summary>
    public static string CopyTransfers(Period month) =>
        $"""
        COPY (SELECT t.*, d.path AS debit_account, c.path AS credit_account, d.mode, d.currency
                FROM transfers t JOIN accounts d ON d.id = t.debit_account_id JOIN accounts c ON c.id = t.credit_account_id
               WHERE {IsOf(month)} ORDER BY t.block, t.position) TO STDOUT (FORMAT csv, HEADER)
        """;

    /// <summary>The blocks that these rows stand in, and how many of each do.</summary>
    public static string CopyBlocks(Period month) =>
        $"""
        COPY (SELECT b.number, encode(b.previous_hash, 'hex') AS previous_hash, encode(b.root, 'hex') AS root, b.transfers, h.here, b.created_at, encode(b.hash, 'hex') AS hash
                FROM blocks b JOIN (SELECT t.block, count(*) AS here FROM transfers t WHERE {IsOf(month)} GROUP BY t.block) h ON h.block = b.number
               ORDER BY b.number) TO STDOUT (FORMAT csv, HEADER)
        """;

    /// <summary>Why a month can't be archived; null when it can.</summary>
    public static async Task<string?> RefuseAsync(Shard shard, Period month, int seconds, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            $"""
            SELECT CASE
                WHEN NOT EXISTS (SELECT FROM closed_periods WHERE period = $1) THEN 'it is not closed'
                WHEN EXISTS (SELECT FROM transfers t WHERE {IsOf(month)} AND t.period > (SELECT closed_through FROM books)) THEN 'some of it is booked in a month that is open'
                WHEN EXISTS (SELECT FROM transfers t WHERE {IsOf(month)} AND t.kind = 2 AND NOT EXISTS (SELECT FROM transfer_ends x WHERE x.pending_id = t.id)) THEN 'some of it is pending'
                WHEN EXISTS (SELECT FROM transfers t WHERE {IsOf(month)} AND t.kind IN (3, 4) AND t.pending_id >= {FirstId(month.Next)}) THEN 'it ends what began in a later month'
            END
            """);
        command.CommandTimeout = seconds;
        command.Parameters.Add(new() { Value = month.Number });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>What the manifest says of a month's rows.</summary>
    public static async Task<(long Blocks, long First, long Last, List<ManifestAmount> Amounts)> SumAsync(Shard shard, Period month, int seconds, CancellationToken ct)
    {
        await using var connection = await shard.Source.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { Timeout = seconds };
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT count(DISTINCT t.block), coalesce(min(t.block), 0), coalesce(max(t.block), 0) FROM transfers t WHERE {IsOf(month)}"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            $"""
            SELECT l.mode, l.currency, count(*), sum(t.amount)::bigint FROM transfers t JOIN ledgers l ON l.number = (t.debit_account_id & 4095)
             WHERE {IsOf(month)} GROUP BY 1, 2 ORDER BY 1, 2
            """));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var (blocks, first, last) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        await reader.NextResultAsync(ct);
        return (blocks, first, last, await ReadAmountsAsync(reader, ct));
    }

    /// <summary>The manifest of a month that is archived; null when it isn't.</summary>
    public static async Task<string?> FindAsync(Shard shard, Period month, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT manifest FROM archives WHERE month = $1");
        command.Parameters.Add(new() { Value = month.Number });
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>The first month that isn't archived; null when none is.</summary>
    public static async Task<Period?> ArchivedBeforeAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT max(month) FROM archives");
        return await command.ExecuteScalarAsync(ct) is int last && Period.TryCreate(last, out var month) ? month.Next : null;
    }

    /// <summary>Writes down what is in an archive, by account and by block.</summary>
    public static async Task AddAsync(ShardTransaction transaction, Period month, Manifest manifest, DateTimeOffset now, int seconds, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction) { Timeout = seconds };
        batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO archives (month, archived_at, transfers, manifest) VALUES ($1, $2, $3, $4)")
        {
            Parameters = { new() { Value = month.Number }, new() { Value = now }, new() { Value = manifest.Transfers }, new() { Value = manifest.Write() } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"INSERT INTO archived_entries (month, account_id, entries, debits, credits) SELECT $1, * FROM ({Entries($"transfers t WHERE {IsOf(month)}")}) e")
        {
            Parameters = { new() { Value = month.Number } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"INSERT INTO archived_blocks (number, month, transfers) SELECT t.block, $1, count(*) FROM transfers t WHERE {IsOf(month)} GROUP BY t.block")
        {
            Parameters = { new() { Value = month.Number } },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Accounts whose counters aren't what is archived and what will be left make together.</summary>
    public static async Task<List<string>> DisproveAsync(ShardTransaction transaction, Period month, int seconds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"""
            WITH left_over AS ({Entries($"transfers t WHERE t.id >= {FirstId(month.Next)}")}),
                 archived AS (SELECT account_id, sum(entries)::bigint AS entries, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits FROM archived_entries GROUP BY account_id)
            SELECT a.path || ' (' || a.currency || ')' FROM accounts a LEFT JOIN archived x ON x.account_id = a.id LEFT JOIN left_over l ON l.account_id = a.id
             WHERE (a.version - a.carried_version, a.debits_posted, a.credits_posted) <> (
                   coalesce(x.entries, 0) + coalesce(l.entries, 0), coalesce(x.debits, 0) + coalesce(l.debits, 0), coalesce(x.credits, 0) + coalesce(l.credits, 0))
             ORDER BY 1 LIMIT {MaxDifferences}
            """,
            transaction.Connection,
            transaction.Transaction)
        {
            CommandTimeout = seconds,
        };
        var differences = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            differences.Add(reader.GetString(0));
        }

        return differences;
    }

    /// <summary>Entries of rows by account: their number, and what they posted.</summary>
    internal static string Entries(string rows) =>
        $"""
        SELECT account_id, count(*) AS entries, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits
          FROM (SELECT t.debit_account_id AS account_id, CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END AS debits, 0 AS credits FROM {rows}
                UNION ALL
                SELECT t.credit_account_id, 0, CASE WHEN t.kind IN (1, 3) THEN t.amount ELSE 0 END FROM {rows}) legs
         GROUP BY account_id
        """;

    internal static async Task<List<ManifestAmount>> ReadAmountsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var amounts = new List<ManifestAmount>();
        while (await reader.ReadAsync(ct))
        {
            amounts.Add(new ManifestAmount((Mode)reader.GetInt16(0), Currency.Parse(reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3)));
        }

        return amounts;
    }

    // COPY takes no parameters. A period is two numbers of ours.
    private static string IsOf(Period month) => $"t.id >= {FirstId(month)} AND t.id < {FirstId(month.Next)}";

    private static string FirstId(Period month) => string.Create(CultureInfo.InvariantCulture, $"ledger_first_id('{month.Start:yyyy-MM-dd} 00:00:00+00')");
}
