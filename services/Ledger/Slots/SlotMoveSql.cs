using System.Globalization;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Slots;

/// <summary>A slot that left a shard.</summary>
/// <param name="MoveId">The ids of the transfers that move balances follow from it.</param>
/// <param name="AfterBlock">The last block before them.</param>
internal sealed record Departure(Id MoveId, long AfterBlock);

/// <summary>An account of a slot in the shard that it leaves.</summary>
/// <param name="Balance">Posted debits less credits, minor units.</param>
/// <param name="HasPending">Whether anything is pending on it.</param>
internal sealed record SlotAccount(long Id, AccountName Name, long Balance, bool HasPending);

/// <summary>What is read and written as the owner of the databases while a slot is on its way.</summary>
internal static class SlotMoveSql
{
    /// <summary>The accounts of a slot's owners. An id's last two characters are its slot.</summary>
    public static async Task<List<SlotAccount>> AccountsAsync(NpgsqlDataSource source, Slot slot, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"SELECT path, mode, currency, id, debits_posted - credits_posted, debits_pending + credits_pending > 0 FROM accounts a WHERE {IsOf(slot)} ORDER BY path, mode, currency");
        var accounts = new List<SlotAccount>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            accounts.Add(new SlotAccount(reader.GetInt64(3), AccountSql.ReadName(reader), reader.GetInt64(4), reader.GetBoolean(5)));
        }

        return accounts;
    }

    /// <summary>The last block of the shard.</summary>
    public static async Task<long> LastBlockAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT number FROM chain_head");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Pending transfers that touch these accounts or carry the slot in their ids, written after a block.</summary>
    public static Task<List<Transfer>> PendingAsync(NpgsqlDataSource source, Slot slot, IEnumerable<SlotAccount> accounts, long afterBlock, CancellationToken ct) => ReadAsync(
        source,
        """
        WHERE t.block > $1 AND t.kind = 2 AND (t.debit_account_id = ANY ($2) OR t.credit_account_id = ANY ($2) OR ledger_slot_of(t.id) = $3)
          AND NOT EXISTS (SELECT FROM transfer_ends x WHERE x.pending_id = t.id)
        """,
        [afterBlock, accounts.Select(account => account.Id).ToArray(), slot.Number],
        ct);

    /// <summary>Which of these are pending still.</summary>
    public static Task<List<Transfer>> StillPendingAsync(NpgsqlDataSource source, IEnumerable<Transfer> candidates, CancellationToken ct) => ReadAsync(
        source, "WHERE t.id = ANY ($1) AND NOT EXISTS (SELECT FROM transfer_ends x WHERE x.pending_id = t.id)", [candidates.Select(transfer => transfer.Id.Value).ToArray()], ct);

    /// <summary>Transfers to other shards that these accounts pay and that are not finished.</summary>
    public static async Task<List<Id>> ReservedAsync(NpgsqlDataSource source, IEnumerable<SlotAccount> accounts, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT i.id FROM inter_shard_transfers i JOIN transfers t ON t.id = i.pending_id WHERE t.debit_account_id = ANY ($1)");
        command.Parameters.Add(new() { Value = accounts.Select(account => account.Id).ToArray() });
        var reserved = new List<Id>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            reserved.Add(Id.From(IdPrefix.Transfer, reader.GetGuid(0)));
        }

        return reserved;
    }

    /// <summary>From when on a shard takes ids, UTC.</summary>
    public static async Task<DateTimeOffset> OldestAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT oldest FROM books");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync(ct))!, TimeSpan.Zero);
    }

    /// <summary>Whether a slot was in a shard before.</summary>
    public static async Task<bool> HasLeftAsync(NpgsqlDataSource source, Slot slot, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT EXISTS (SELECT FROM slot_departures WHERE slot = $1)");
        command.Parameters.Add(new() { Value = slot.Number });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Writes down that a slot leaves; once for each move.</summary>
    public static async Task<Departure> DepartAsync(SlotStep step, DateTimeOffset now, CancellationToken ct)
    {
        await using var connection = await step.Source.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "INSERT INTO slot_departures (slot, epoch, shard, move_id, after_block, departed_at) SELECT $1, $2, $3, $4, number, $5 FROM chain_head ON CONFLICT DO NOTHING")
        {
            Parameters =
            {
                new() { Value = step.Slot.Number }, new() { Value = step.Epoch }, new() { Value = step.To },
                new() { Value = Id.New(IdPrefix.Transfer, step.Slot, now).Value }, new() { Value = now },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT move_id, after_block FROM slot_departures WHERE (slot, epoch) = ($1, $2)")
        {
            Parameters = { new() { Value = step.Slot.Number }, new() { Value = step.Epoch } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new Departure(Id.From(IdPrefix.Transfer, reader.GetGuid(0)), reader.GetInt64(1));
    }

    /// <summary>The pending transfers that a move took away.</summary>
    public static Task<List<Transfer>> TakenAwayAsync(SlotStep step, Departure departure, CancellationToken ct) => ReadAsync(
        step.Source,
        "JOIN transfers v ON v.pending_id = t.id WHERE v.block > $1 AND v.type = $2 AND v.external_reference = $3",
        [departure.AfterBlock, TransferType.SlotMove, Reference(step)],
        ct);

    /// <summary>What a move's transfers are marked with.</summary>
    public static string Reference(SlotStep step) => string.Create(CultureInfo.InvariantCulture, $"slot {step.Slot}, epoch {step.Epoch}");

    /// <summary>
    /// Copies everything of a slot that is no transfer: accounts with their limits and the number of their last entry, who changed them, keys of requests, quotes, and how far events were taken. In one
    /// transaction with the note that the slot came from there; when that is there, so is the rest.
    /// </summary>
    public static async Task CopyAsync(SlotStep step, DateTimeOffset now, CancellationToken ct)
    {
        await using var source = await step.Source.OpenConnectionAsync(ct);
        await using var target = await step.Target.OpenConnectionAsync(ct);
        await using (var transaction = await target.BeginTransactionAsync(ct))
        {
            if (!await HasArrivedAsync(target, step, ct))
            {
                await CopyAccountsAsync(source, target, step.Slot, ct);
                foreach (var (table, columns, owner) in Carried)
                {
                    await PassAsync(source, $"SELECT {columns} FROM {table} WHERE ledger_slot_of({owner}) = {step.Slot}", target, $"{table} ({columns})", ct);
                }

                await PassAsync(source, $"SELECT slot, shard, epoch, arrived_at FROM slot_arrivals WHERE slot = {step.Slot}", target, "slot_arrivals", ct);
                await using var arrive = new NpgsqlCommand("INSERT INTO slot_arrivals (slot, shard, epoch, arrived_at) VALUES ($1, $2, $3, $4)", target)
                {
                    Parameters = { new() { Value = step.Slot.Number }, new() { Value = step.From }, new() { Value = step.Epoch }, new() { Value = now } },
                };
                await arrive.ExecuteNonQueryAsync(ct);
                await transaction.CommitAsync(ct);
            }
        }

        // Nobody replays or takes them there any more.
        await ExecuteAsync(
            source,
            $"""
            UPDATE dead_letters SET replayed_at = now() WHERE replayed_at IS NULL AND ledger_slot_of(aggregate) = {step.Slot};
            DELETE FROM inbox_waiting WHERE ledger_slot_of(aggregate) = {step.Slot}
            """,
            ct);
    }

    private static async Task CopyAccountsAsync(NpgsqlConnection source, NpgsqlConnection target, Slot slot, CancellationToken ct)
    {
        await ExecuteAsync(
            target,
            """
            CREATE TEMP TABLE carried_accounts (
                path text COLLATE "C", mode smallint, currency text COLLATE "C", kind smallint, rules integer, state smallint, overdraft bigint, ceiling bigint, version bigint, opened_at timestamptz) ON COMMIT DROP;
            CREATE TEMP TABLE carried_changes (path text COLLATE "C", mode smallint, currency text COLLATE "C", number bigint, action smallint, actor text, reason text, changed_at timestamptz) ON COMMIT DROP
            """,
            ct);
        await PassAsync(
            source, $"SELECT a.path, a.mode, a.currency, a.kind, a.rules, a.state, a.overdraft, a.ceiling, a.version, a.opened_at FROM accounts a WHERE {IsOf(slot)}", target, "carried_accounts", ct);
        await PassAsync(
            source, $"SELECT a.path, a.mode, a.currency, h.number, h.action, h.actor, h.reason, h.changed_at FROM account_changes h JOIN accounts a ON a.id = h.account_id WHERE {IsOf(slot)}", target,
            "carried_changes", ct);
        await ExecuteAsync(
            target,
            """
            INSERT INTO ledgers (mode, currency) SELECT DISTINCT mode, currency FROM carried_accounts n
             WHERE NOT EXISTS (SELECT FROM ledgers l WHERE (l.mode, l.currency) = (n.mode, n.currency)) ON CONFLICT DO NOTHING;
            INSERT INTO accounts (id, path, mode, currency, kind, rules, state, overdraft, ceiling, debits_posted, credits_posted, debits_pending, credits_pending, version, carried_version, opened_at)
            SELECT nextval('account_numbers') << 12 | l.number, n.path, n.mode, n.currency, n.kind, n.rules, n.state, n.overdraft, n.ceiling, 0, 0, 0, 0, n.version, n.version, n.opened_at
              FROM carried_accounts n JOIN ledgers l ON (l.mode, l.currency) = (n.mode, n.currency) ORDER BY n.path, n.mode, n.currency;
            INSERT INTO account_changes (account_id, action, actor, reason, changed_at)
            SELECT a.id, n.action, n.actor, n.reason, n.changed_at FROM carried_changes n JOIN accounts a ON (a.path, a.mode, a.currency) = (n.path, n.mode, n.currency) ORDER BY n.number
            """,
            ct);
    }

    private static async Task<bool> HasArrivedAsync(NpgsqlConnection target, SlotStep step, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM slot_arrivals WHERE (slot, shard) = ($1, $2))", target)
        {
            Parameters = { new() { Value = step.Slot.Number }, new() { Value = step.From } },
        };
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Rows from one database to the other, as they stream.</summary>
    private static async Task PassAsync(NpgsqlConnection source, string select, NpgsqlConnection target, string into, CancellationToken ct)
    {
        await using var read = await source.BeginRawBinaryCopyAsync($"COPY ({select}) TO STDOUT (FORMAT BINARY)", ct);
        await using var write = await target.BeginRawBinaryCopyAsync($"COPY {into} FROM STDIN (FORMAT BINARY)", ct);
        await read.CopyToAsync(write, ct);
    }

    /// <summary>Tables whose rows go along as they are, and the id in them that carries the slot.</summary>
    private static readonly (string Table, string Columns, string Owner)[] Carried =
    [
        ("transfer_requests", "merchant_id, mode, key, transfer_id, fingerprint, taken_at", "merchant_id"),
        ("exchange_quotes", "id, mode, from_path, from_currency, from_amount, to_path, to_currency, to_amount, fee, rate_numerator, rate_denominator, rate_source, rate_at, created_at, expires_at", "id"),
        ("exchanges", "quote_id, key, executed_at", "quote_id"),
        ("inbox", "consumer, topic, aggregate, sequence", "aggregate"),
        ("inbox_waiting", "consumer, topic, aggregate, sequence, prefix, type, kafka_partition, kafka_offset, payload, trace_parent, occurred_at, waits_since", "aggregate"),
        ("dead_letters",
            "consumer, topic, aggregate, sequence, prefix, type, kafka_partition, kafka_offset, payload, trace_parent, occurred_at, reason, tries, died_at, announced_at, replayed_at", "aggregate"),
    ];

    // COPY takes no parameters; these are two characters of ours.
    private static string IsOf(Slot slot) =>
        $"split_part(a.path, '/', 1) IN ('merchant', 'wallet') AND right(split_part(a.path, '/', 2), 2) = '{Id.New(IdPrefix.Merchant, slot, DateTimeOffset.UnixEpoch).ToString()[^2..]}'";

    private static async Task<List<Transfer>> ReadAsync(NpgsqlDataSource source, string which, object[] values, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"SELECT {TransferSql.Columns} FROM transfers t {TransferSql.Accounts} {which}");
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await TransferSql.ReadFoundAsync(reader, ct);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
