using Npgsql;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>The days that a hold lasts, gone by in a moment.</summary>
internal static class Holds
{
    /// <summary>Makes a hold one that ended a second ago.</summary>
    public static async Task LapseAsync(string database, string payment)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        const string sql = "UPDATE payments SET expires_at = now() - interval '1 second', due_at = now() - interval '1 second' WHERE id = $1 AND lease_owner IS NULL AND due_at = expires_at";
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Id.Parse(IdPrefix.Payment, payment).Value } } };
        Assert.Equal(1, await command.ExecuteNonQueryAsync());   // it was at rest, and due when its hold ends
    }

    /// <summary>The same of a payment that others are busy with: whoever writes it next may take the end of its hold back.</summary>
    public static async Task LapseAmongOthersAsync(string database, string payment)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        const string sql =
            """
            UPDATE payments SET expires_at = now() - interval '1 second',
                due_at = CASE WHEN lease_owner IS NULL AND due_at = expires_at THEN now() - interval '1 second' ELSE due_at END
            WHERE id = $1
            """;
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Id.Parse(IdPrefix.Payment, payment).Value } } };
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
