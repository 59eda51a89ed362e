using Npgsql;

namespace PayFlow.Messaging.IntegrationTests.Support;

/// <summary>Moves everything that a consumer keeps from a shard to another, as the copy of a slot's move; the test has one slot only.</summary>
internal static class SlotCopy
{
    private static readonly (string Table, string Columns, string Order)[] Tables =
    [
        ("inbox", "consumer, topic, aggregate, sequence", "aggregate"),
        ("inbox_waiting", "consumer, topic, aggregate, sequence, prefix, type, kafka_partition, kafka_offset, payload, occurred_at", "aggregate"),
        ("effects", "consumer, topic, aggregate, sequence", "position"),
    ];

    public static async Task RunAsync(NpgsqlDataSource from, NpgsqlDataSource to)
    {
        await using var source = await from.OpenConnectionAsync();
        await using var target = await to.OpenConnectionAsync();
        foreach (var (table, columns, order) in Tables)
        {
            using (var reader = await source.BeginTextExportAsync($"COPY (SELECT {columns} FROM {table} ORDER BY {order}) TO STDOUT"))
            await using (var writer = await target.BeginTextImportAsync($"COPY {table} ({columns}) FROM STDIN"))
                await writer.WriteAsync(await reader.ReadToEndAsync());
            await using var gone = new NpgsqlCommand($"DELETE FROM {table}", source);
            await gone.ExecuteNonQueryAsync();
        }
    }
}
