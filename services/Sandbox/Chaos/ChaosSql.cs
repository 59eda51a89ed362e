using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace PayFlow.Sandbox.Chaos;

/// <summary>Statements on the table <c>chaos</c>.</summary>
public static class ChaosSql
{
    private const string Save =
        "INSERT INTO chaos (acquirer, settings) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT chaos_pkey DO UPDATE SET settings = excluded.settings";

    private const string Load = "SELECT acquirer, settings FROM chaos";

    public static async Task SaveAsync(NpgsqlDataSource source, string acquirer, ChaosSettings settings, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Save);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = JsonSerializer.Serialize(settings), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<ImmutableDictionary<string, ChaosSettings>> LoadAsync(NpgsqlDataSource source, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Load);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var loaded = ImmutableDictionary.CreateBuilder<string, ChaosSettings>();
        while (await reader.ReadAsync(cancel))
        {
            loaded[reader.GetString(0)] = JsonSerializer.Deserialize<ChaosSettings>(reader.GetString(1)) ?? ChaosSettings.Calm;
        }

        return loaded.ToImmutable();
    }
}
