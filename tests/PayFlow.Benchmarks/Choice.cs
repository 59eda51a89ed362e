namespace PayFlow.Benchmarks;

/// <summary>Which two accounts a transfer is between.</summary>
internal sealed class Choice
{
    private readonly double[] _upTo;   // cumulative shares

    private Choice(string name, double[] weights)
    {
        Name = name;
        var (sum, all) = (0.0, weights.Sum());
        _upTo = Array.ConvertAll(weights, weight => (sum += weight) / all);
    }

    public string Name { get; }

    public static Choice Uniform(string name, int accounts) => new(name, [.. Enumerable.Repeat(1.0, accounts)]);

    /// <summary>The account of rank r is taken 1 ÷ r as often as the first.</summary>
    public static Choice Zipf(string name, int accounts) => new(name, [.. Enumerable.Range(1, accounts).Select(rank => 1.0 / rank)]);

    public (int From, int To) Next()
    {
        var from = One();
        var to = One();
        while (to == from)
            to = One();
        return (from, to);
    }

    private int One()
    {
        var at = Array.BinarySearch(_upTo, Random.Shared.NextDouble());
        return Math.Min(at < 0 ? ~at : at, _upTo.Length - 1);
    }
}
