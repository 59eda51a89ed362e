using System.Diagnostics.CodeAnalysis;
using Npgsql;
using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>One database of several that hold the same tables for different slots.</summary>
public sealed class Shard
{
    private readonly SlotMap _map;

    internal Shard(string database, int number, NpgsqlDataSource source, SlotMap map)
    {
        Database = database;
        Number = number;
        Source = source;
        _map = map;
    }

    /// <summary>The name that the shards were registered under.</summary>
    public string Database { get; }

    /// <summary>0 and up.</summary>
    public int Number { get; }

    /// <summary>Connections in the service's own role, for reads and for what belongs to no slot.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>
    /// Begins a READ COMMITTED transaction that writes things of the given slots. In one round trip the database checks that they live
    /// here, at the epoch that this process knows, and keeps them from moving away until the transaction ends.
    /// </summary>
    /// <param name="ct">Gives up while the transaction begins.</param>
    /// <param name="slots">The slots that will be written; none for work that belongs to no slot.</param>
    /// <exception cref="StaleSlotException">A slot lives elsewhere by now. Nothing was written, and the map has been read again.</exception>
    public ValueTask<ShardTransaction> BeginAsync(CancellationToken ct, params ReadOnlySpan<Slot> slots) => BeginWithAsync(slots.ToArray(), ct);

    /// <inheritdoc cref="BeginAsync(CancellationToken, ReadOnlySpan{Slot})"/>
    [SuppressMessage("Design", "CA1068", Justification = "Reads like the other overload, whose slots must come last.")]
    public ValueTask<ShardTransaction> BeginAsync(CancellationToken ct, IEnumerable<Slot> slots) => BeginWithAsync([.. slots], ct);

    private async ValueTask<ShardTransaction> BeginWithAsync(Slot[] slots, CancellationToken ct)
    {
        var connection = await Source.OpenConnectionAsync(ct);
        try
        {
            var transaction = await connection.BeginTransactionAsync(ct);
            if (slots.Length > 0)
                await SlotSql.RequireAsync(transaction, Number, _map.Claim(Number, slots), ct);
            return new ShardTransaction(this, connection, transaction);
        }
        catch (Exception failure)
        {
            await connection.DisposeAsync();   // rolls back
            if (!SlotSql.IsStale(failure))
                throw;
            await _map.RefreshAsync(ct);
            throw failure as StaleSlotException ?? new StaleSlotException($"Shard {Number} of {Database}: {failure.Message}", failure);
        }
    }
}
