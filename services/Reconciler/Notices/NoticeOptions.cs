using System.ComponentModel.DataAnnotations;

namespace PayFlow.Reconciler.Notices;

/// <summary>How acquirers' notices are read (section <c>Reconciler:Notices</c>).</summary>
public sealed class NoticeOptions
{
    public const string Section = "Reconciler:Notices";

    /// <summary>Whose feeds are read.</summary>
    public IList<string> Acquirers { get; } = [];

    /// <summary>How often a feed is asked, and the pause after a first failure, which doubles with each.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "01:00:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause after failures, and between two tries of a notice that waits.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "1.00:00:00")]
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a notice may wait for what it tells of before an exception is opened. It is tried on all the same.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan ExplainWithin { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Notices per question, and tried per round.</summary>
    [Range(1, 1_000)]
    public int Page { get; set; } = 500;

    /// <summary>What a merchant pays for a dispute that it lost, in hundredths of a major unit: 15.00 USD, 15 JPY, 15.000 KWD.</summary>
    [Range(0, 1_000_000)]
    public int ChargebackFee { get; set; } = 15_00;

    /// <summary>The pause after a number of failures or tries in a row: doubles from <see cref="Poll"/> to <see cref="MaxPause"/>.</summary>
    public TimeSpan PauseAfter(int failures) => TimeSpan.FromTicks((long)Int128.Min(MaxPause.Ticks, (Int128)Poll.Ticks << Math.Clamp(failures - 1, 0, 40)));
}
