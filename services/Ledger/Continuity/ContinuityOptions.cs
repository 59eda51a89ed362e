using System.ComponentModel.DataAnnotations;

namespace PayFlow.Ledger.Continuity;

/// <summary>Section <c>Ledger:Continuity</c>.</summary>
public sealed class ContinuityOptions
{
    public const string Section = "Ledger:Continuity";

    /// <summary>How often payments and ledger are compared.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What happened less long ago is not compared yet: it may be on its way.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Lag { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a difference must stay before it counts.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>The longest time that is compared at once.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "31.00:00:00")]
    public TimeSpan Span { get; set; } = TimeSpan.FromDays(1);

    /// <summary>So many spans in one round at most, when there is much to catch up with.</summary>
    [Range(1, 1_000)]
    public int MaxSpans { get; set; } = 62;

    /// <summary>How long one sum may take, in seconds.</summary>
    [Range(1, 600)]
    public int SumSeconds { get; set; } = 60;
}
