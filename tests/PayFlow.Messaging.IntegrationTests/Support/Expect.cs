using PayFlow.Kernel;
using Xunit;

namespace PayFlow.Messaging.IntegrationTests.Support;

/// <summary>What must always hold of effects.</summary>
internal static class Expect
{
    /// <summary>Every aggregate has the effects 1, 2, 3 … in this order, each once, up to its last.</summary>
    public static void OnceAndInOrder(IEnumerable<Effect> effects, IReadOnlyDictionary<Id, long> lasts, string context)
    {
        var wrong = new List<string>();
        var byAggregate = effects.ToLookup(effect => effect.Aggregate, effect => effect.Sequence);
        foreach (var (aggregate, last) in lasts)
        {
            var expected = Enumerable.Range(1, (int)last).Select(number => (long)number);
            if (!byAggregate[aggregate].SequenceEqual(expected))
                wrong.Add($"{aggregate}: {string.Join(' ', byAggregate[aggregate])}, expected 1 to {last}");
        }

        Assert.True(wrong.Count == 0, $"{context}: {string.Join("; ", wrong)}");
        Assert.Empty(byAggregate.Select(group => group.Key).Except(lasts.Keys));
    }
}
