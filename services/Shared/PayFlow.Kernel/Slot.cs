namespace PayFlow.Kernel;

/// <summary>
/// One of 1,000 places that merchants are spread over. A merchant keeps its slot for good; every id carries it; shards and Kafka partitions
/// are chosen by it, so that a hot merchant is moved by moving its slot.
/// </summary>
public readonly record struct Slot
{
    public const int Count = 1_000;

    public Slot(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Count);
        Number = (short)number;
    }

    /// <summary>0 to 999.</summary>
    public short Number { get; }

    /// <summary>The partition of a topic that this slot's events go to.</summary>
    public int Partition(int partitions) => Number % partitions;

    public override string ToString() => Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
