using Npgsql;
using PayFlow.Storage;

namespace PayFlow.Messaging.IntegrationTests.Support;

/// <summary>Moves everything that a consumer keeps from a shard to another, as the copy of a slot's move; the test has one slot only.</summary>
internal sealed class CopiedSlot : ISlotContents
{
    private static readonly (string Table, string Columns, string Order)[] Tables =
    [
        ("inbox", "consumer, topic, aggregate, sequence", "aggregate"),
        ("inbox_waiting", "consumer, topic, aggregate, sequence, prefix, type, kafka_partition, kafka_offset, payload, occurred_at", "aggregate"),
        ("effects", "consumer, topic, aggregate, sequence", "position"),
    ];

    public Task PrepareAsync(SlotStep step, CancellationToken ct) => Task.CompletedTask;

    public async Task CopyAsync(SlotStep step, CancellationToken ct)
    {
        await using var source = await step.Source.OpenConnectionAsync(ct);
        await using var target = await step.Target.OpenConnectionAsync(ct);
        foreach (var (table, columns, order) in Tables)
        {
            using (var reader = await source.BeginTextExportAsync($"COPY (SELECT {columns} FROM {table} ORDER BY {order}) TO STDOUT", ct))
            await using (var writer = await target.BeginTextImportAsync($"COPY {table} ({columns}) FROM STDIN", ct))
                await writer.WriteAsync(await reader.ReadToEndAsync(ct));
            await using var gone = new NpgsqlCommand($"DELETE FROM {table}", source);
            await gone.ExecuteNonQueryAsync(ct);
        }
    }
}
