using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Notices;

/// <summary>Statements on <c>notices</c> and <c>notice_cursors</c>, and on the exceptions of notices. All on the first shard.</summary>
internal static class NoticeSql
{
    private const string ReadTo = "SELECT c.read_to FROM notice_cursors c WHERE c.acquirer = $1";

    private const string Store =
        """
        INSERT INTO notices (acquirer, sequence, type, occurred_at, data, received_at, try_at)
        SELECT $1, n.sequence, n.type, n.occurred_at, n.data::jsonb, $6, $6
        FROM unnest($2::bigint[], $3::text[], $4::timestamptz[], $5::text[]) AS n (sequence, type, occurred_at, data)
        ORDER BY n.sequence
        ON CONFLICT (acquirer, sequence) DO NOTHING
        """;

    // A cursor only goes forward, whoever is slower.
    private const string Advance =
        """
        INSERT INTO notice_cursors AS c (acquirer, read_to) VALUES ($1, $2)
        ON CONFLICT (acquirer) DO UPDATE SET read_to = greatest(c.read_to, excluded.read_to)
        """;

    private const string Due =
        """
        SELECT n.sequence, n.type, n.occurred_at, n.data, n.received_at, n.tries, n.exception_id
        FROM notices n WHERE n.acquirer = $1 AND n.state = 'waiting' AND n.try_at <= $2 ORDER BY n.sequence LIMIT $3
        """;

    private const string Count = "SELECT count(*) FROM notices n WHERE n.acquirer = $1 AND n.state = 'waiting'";

    private const string Note =
        """
        UPDATE notices SET state = $3, tries = tries + 1, try_at = $4, reason = $5, exception_id = coalesce($6, exception_id)
        WHERE acquirer = $1 AND sequence = $2 AND state = 'waiting'
        """;

    private const string OpenException =
        """
        INSERT INTO exceptions (id, slot, kind, acquirer, currency, expected, actual, explanation, opened_at)
        VALUES ($1, $2, 'unexplained_notice', $3, $4, 0, $5, $6, $7)
        """;

    private const string ResolveException = "UPDATE exceptions SET state = 'resolved', resolution = $2, resolved_at = $3 WHERE id = $1 AND state = 'open'";

    /// <summary>How far a feed was read; 0 before the first notice.</summary>
    public static async Task<long> ReadToAsync(NpgsqlDataSource source, string acquirer, CancellationToken ct)
    {
        await using var command = source.CreateCommand(ReadTo);
        command.Parameters.Add(new() { Value = acquirer });
        return await command.ExecuteScalarAsync(ct) is long to ? to : 0;
    }

    /// <summary>Writes notices down, and that the feed was read as far as the last of them.</summary>
    public static async Task StoreAsync(ShardTransaction transaction, string acquirer, IReadOnlyList<Notice> notices, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Store)
        {
            Parameters =
            {
                new() { Value = acquirer },
                new() { Value = notices.Select(notice => notice.Sequence).ToArray() },
                new() { Value = notices.Select(notice => notice.Type).ToArray() },
                new() { Value = notices.Select(notice => notice.OccurredAt.UtcDateTime).ToArray() },
                new() { Value = notices.Select(notice => notice.DataJson).ToArray() },
                new() { Value = now.UtcDateTime },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Advance) { Parameters = { new() { Value = acquirer }, new() { Value = notices[^1].Sequence } } });
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Notices that are to be tried by now, in the order of their feed.</summary>
    public static async Task<List<WaitingNotice>> DueAsync(NpgsqlDataSource source, string acquirer, DateTimeOffset now, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Due);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = now.UtcDateTime });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var due = new List<WaitingNotice>();
        while (await reader.ReadAsync(ct))
        {
            due.Add(new WaitingNotice(
                new Notice(acquirer, reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3)),
                reader.GetFieldValue<DateTimeOffset>(4),
                reader.GetInt32(5),
                reader.IsDBNull(6) ? null : Id.From(IdPrefix.Exception, reader.GetGuid(6))));
        }

        return due;
    }

    public static async Task<long> CountWaitingAsync(NpgsqlDataSource source, string acquirer, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Count);
        command.Parameters.Add(new() { Value = acquirer });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Notes what became of a try; false when the notice waits no more.</summary>
    /// <param name="exception">Opened with it.</param>
    public static async Task<bool> NoteAsync(ShardTransaction transaction, Notice notice, NoticeOutcome outcome, DateTimeOffset tryAt, Id? exception, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Note, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = notice.Acquirer },
                new() { Value = notice.Sequence },
                new() { Value = outcome.End switch { NoticeEnd.Applied => "applied", NoticeEnd.Refused => "refused", _ => "waiting" } },
                new() { Value = tryAt.UtcDateTime },
                new() { Value = (object?)outcome.Reason ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                new() { Value = (object?)exception?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid },
            },
        };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <param name="amount">What the notice is about, as far as it says so.</param>
    public static async Task OpenExceptionAsync(
        ShardTransaction transaction, Id id, Notice notice, (long MinorUnits, string? Currency) amount, string explanation, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(OpenException, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = id.Value },
                new() { Value = (short)id.Slot.Number },
                new() { Value = notice.Acquirer },
                new() { Value = (object?)amount.Currency ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                new() { Value = amount.MinorUnits },
                new() { Value = explanation },
                new() { Value = now.UtcDateTime },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<bool> ResolveExceptionAsync(ShardTransaction transaction, Id id, string resolution, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(ResolveException, transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = id.Value }, new() { Value = resolution }, new() { Value = now.UtcDateTime } },
        };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }
}
