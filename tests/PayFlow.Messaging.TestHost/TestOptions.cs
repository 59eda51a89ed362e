namespace PayFlow.Messaging.TestHost;

/// <summary>What a host of a test does; configuration section <c>Test</c>.</summary>
public sealed class TestOptions
{
    /// <summary>The topic that it publishes to and consumes.</summary>
    public string Topic { get; set; } = "";

    /// <summary>The topic of direct messages; none when empty.</summary>
    public string IngestTopic { get; set; } = "";

    /// <summary>The consumer's name; it consumes nothing when empty.</summary>
    public string Consumer { get; set; } = "";

    /// <summary>Whether it publishes its outbox.</summary>
    public bool Relays { get; set; } = true;

    /// <summary>Aggregates that the host writes by itself; none when 0.</summary>
    public int Aggregates { get; set; }

    /// <summary>Events that each of them gets.</summary>
    public int Events { get; set; }

    /// <summary>Where the aggregates' ids come from.</summary>
    public int Seed { get; set; }

    /// <summary>The event of the first aggregate that the consumer refuses until it is healed; none when 0.</summary>
    public int Poison { get; set; }
}
