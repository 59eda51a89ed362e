namespace PayFlow.Topics;

/// <summary>What there is, compared with what there must be.</summary>
/// <param name="Missing">Topics to create.</param>
/// <param name="Faults">What can't be repaired, in words; empty when all is well.</param>
public sealed record TopicPlan(IReadOnlyList<string> Missing, IReadOnlyList<string> Faults)
{
    /// <param name="existing">The broker's topics with their partition counts. Those that are not wanted are none of our business.</param>
    /// <param name="wanted">The topics that must exist.</param>
    /// <param name="partitions">How many partitions each of them must have.</param>
    public static TopicPlan Of(IReadOnlyDictionary<string, int> existing, IReadOnlyList<string> wanted, int partitions) => new(
        [.. wanted.Where(topic => !existing.ContainsKey(topic))],
        [.. wanted.Where(topic => existing.TryGetValue(topic, out var count) && count != partitions)
            .Select(topic => $"topic {topic} has {existing[topic]} partitions, and {partitions} are wanted")]);
}
