using Npgsql;

namespace PayFlow.Storage.Migrations;

/// <summary>The table <c>payflow_schema</c>: which scripts ran in this database, and what they said.</summary>
internal static class SchemaSql
{
    private const string Lock = "hashtext('payflow_schema'), 0";

    /// <summary>Waits until no other process migrates this database. The lock ends with the connection.</summary>
    public static async Task LockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT pg_advisory_lock({Lock})", connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Makes the table of scripts and the role that the service works as, unless they are there.</summary>
    public static async Task PrepareAsync(NpgsqlConnection connection, string role, CancellationToken ct)
    {
        // Roles belong to the whole server, so two databases of one server may be prepared at the same moment.
        await ExecuteAsync(connection, $"""
            CREATE TABLE IF NOT EXISTS payflow_schema (
                module   text        NOT NULL,
                version  integer     NOT NULL,
                name     text        NOT NULL,
                checksum text        NOT NULL,
                ran_at   timestamptz NOT NULL DEFAULT now(),
                CONSTRAINT payflow_schema_pk PRIMARY KEY (module, version)
            );
            DO $$ BEGIN
                CREATE ROLE {Quote(role)} NOLOGIN;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$;
            """, ct);
        await ExecuteAsync(connection, $"""
            DO $$ BEGIN
                IF NOT pg_has_role(current_user, '{role}', 'MEMBER') THEN
                    GRANT {Quote(role)} TO current_user;
                END IF;
            END $$;
            """, ct);
    }

    /// <summary>The scripts that ran, by module and version.</summary>
    public static async Task<IReadOnlyList<RanScript>> RanAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT module, version, name, checksum, ran_at FROM payflow_schema ORDER BY module, version", connection);
        var ran = new List<RanScript>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ran.Add(new RanScript(reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return ran;
    }

    /// <summary>Takes a step and writes it down, in one transaction.</summary>
    public static async Task UpAsync(NpgsqlConnection connection, string module, SchemaScript script, string role, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, Fill(script.Up, role), ct);
        await using var record = new NpgsqlCommand("INSERT INTO payflow_schema (module, version, name, checksum) VALUES ($1, $2, $3, $4)", connection)
        {
            Parameters = { new() { Value = module }, new() { Value = script.Version }, new() { Value = script.Name }, new() { Value = script.Checksum } },
        };
        await record.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Takes a step back and strikes it off, in one transaction.</summary>
    public static async Task DownAsync(NpgsqlConnection connection, string module, SchemaScript script, string role, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, Fill(script.Down, role), ct);
        await using var record = new NpgsqlCommand("DELETE FROM payflow_schema WHERE module = $1 AND version = $2", connection)
        {
            Parameters = { new() { Value = module }, new() { Value = script.Version } },
        };
        await record.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private static string Fill(string script, string role) => script.Replace("${role}", Quote(role), StringComparison.Ordinal);

    private static string Quote(string identifier) => $"\"{identifier}\"";

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        // A step may take long (an index over a big table); it is the operator who decides how long.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}

/// <summary>A script that ran, as the database remembers it.</summary>
internal sealed record RanScript(string Module, int Version, string Name, string Checksum, DateTimeOffset RanAt);
