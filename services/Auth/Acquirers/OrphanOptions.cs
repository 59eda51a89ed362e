using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Acquirers;

/// <summary>How acquirers' journals are compared with what is known here (section <c>Auth:Orphans</c>).</summary>
public sealed class OrphanOptions
{
    /// <summary>How often each acquirer is asked.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Every { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often it is looked whether an acquirer is due.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan Check { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>What is younger may still be on its way and is left for the next time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan MinAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How far behind the mark of the last time it begins: an acquirer's journal may have gained lines with older times.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan Overlap { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How far back the first time goes. Holds don't last longer.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan Lookback { get; set; } = TimeSpan.FromDays(8);

    /// <summary>Authorizations per question.</summary>
    [Range(1, 1_000)]
    public int Page { get; set; } = 500;
}
