using Npgsql;

namespace PayFlow.Ledger.Slots;

/// <summary>The table <c>slot_arrivals</c>.</summary>
internal static class ArrivalSql
{
    /// <summary>The shards that these slots came from, the earliest first.</summary>
    public static async Task<List<int>> ListAsync(NpgsqlConnection connection, short[] slots, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT shard FROM slot_arrivals WHERE slot = ANY ($1) GROUP BY shard ORDER BY min(epoch)", connection) { Parameters = { new() { Value = slots } } };
        var found = new List<int>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add(reader.GetInt32(0));
        }

        return found;
    }
}
