using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Events;

/// <summary>The stream of events (section <c>Auth:Events</c>).</summary>
public sealed class EventStreamOptions
{
    /// <summary>A stream that has nothing to tell says at least so often that it lives. Shorter than what the gateway takes for silence (20 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Events that wait for one slow client; then the oldest are dropped, and the client is told.</summary>
    [Range(1, 100_000)]
    public int Buffer { get; set; } = 1_000;

    /// <summary>Streams at once of one merchant and mode in this process.</summary>
    [Range(1, 10_000)]
    public int MaxPerMerchant { get; set; } = 10;

    /// <summary>Streams at once in this process.</summary>
    [Range(1, 100_000)]
    public int MaxInAll { get; set; } = 5_000;

    /// <summary>How often it is looked for events that another process's relay has numbered.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Events that are read of a feed at once.</summary>
    [Range(1, 10_000)]
    public int Page { get; set; } = 500;

    /// <summary>A client that takes nothing for so long is cut off; it comes back with the last id it saw.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After this time a stream ends and the client comes back: so a revoked key ends, too, and load spreads over new processes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What clients are told to wait before they come back.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan ComeBackAfter { get; set; } = TimeSpan.FromSeconds(2);
}
