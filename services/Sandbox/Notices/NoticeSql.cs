using System.Text.Json;
using Npgsql;

namespace PayFlow.Sandbox.Notices;

/// <summary>Statements on the tables <c>notices</c> and <c>notice_feeds</c>.</summary>
public static class NoticeSql
{
    // The feed's row stays locked until the commit: whoever reads a number has everything before it.
    private const string Append =
        """
        WITH feed AS (
            INSERT INTO notice_feeds (acquirer, last) VALUES ($1, cardinality($2))
            ON CONFLICT ON CONSTRAINT notice_feeds_pkey DO UPDATE SET last = notice_feeds.last + excluded.last
            RETURNING last - cardinality($2) AS before)
        INSERT INTO notices (acquirer, sequence, type, occurred_at, data)
        SELECT $1, feed.before + n.position, n.type, n.occurred_at, n.data::jsonb
        FROM feed, unnest($2::text[], $3::timestamptz[], $4::text[]) WITH ORDINALITY AS n (type, occurred_at, data, position)
        """;

    private const string List = "SELECT sequence, type, occurred_at, data FROM notices WHERE acquirer = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

    /// <summary>Adds to an acquirer's feed, in this order, in the transaction of what they tell of. Take every other lock before.</summary>
    public static async Task AppendAsync(NpgsqlConnection connection, string acquirer, IReadOnlyList<NewNotice> notices, CancellationToken cancel)
    {
        if (notices.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(Append, connection)
        {
            Parameters =
            {
                new() { Value = acquirer },
                new() { Value = notices.Select(notice => notice.Type).ToArray() },
                new() { Value = notices.Select(notice => notice.OccurredAt).ToArray() },
                new() { Value = notices.Select(notice => notice.DataJson).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<List<Notice>> ListAsync(NpgsqlDataSource source, string acquirer, long after, int limit, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(List);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var notices = new List<Notice>();
        while (await reader.ReadAsync(cancel))
        {
            notices.Add(new Notice(
                reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), JsonSerializer.Deserialize<JsonElement>(reader.GetString(3))));
        }

        return notices;
    }
}
