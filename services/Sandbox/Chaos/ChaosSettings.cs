using PayFlow.Kernel;

namespace PayFlow.Sandbox.Chaos;

/// <summary>How one acquirer misbehaves. Rates are probabilities per call; at most one fault strikes a call, so together they are at most 1.</summary>
/// <param name="LatencyMs">Waited before every answer, milliseconds.</param>
/// <param name="Refuse">Every connection is closed before its request is read.</param>
/// <param name="Seed">Zero: chance. Anything else: the same draws again, in the order of the calls.</param>
/// <param name="NetworkAway">The issuers can't be asked: every authorization is declined softly.</param>
/// <param name="DuplicateIdRate">Of approvals, beside the other rates: the answer calls the authorization what another payment's is called.</param>
/// <param name="Amounts">The last two digits of amounts work as <see cref="AmountSwitch"/> says.</param>
public sealed record ChaosSettings(
    int LatencyMs,
    double ErrorRate,
    double ErrorAfterRate,
    double TimeoutRate,
    double TimeoutAfterRate,
    double LostReplyRate,
    bool Refuse,
    bool Amounts,
    bool NetworkAway = false,
    long Seed = 0,
    double DuplicateIdRate = 0)
{
    private const int MaxLatencyMs = 120_000;

    public static ChaosSettings Calm { get; } = new(0, 0, 0, 0, 0, 0, false, false);

    /// <summary>The fault of one call.</summary>
    /// <param name="draw">Uniform in [0, 1): the rates are laid end to end, and the draw falls on one of them or behind the last.</param>
    public Fault Strike(double draw)
    {
        foreach (var (_, rate, fault) in Rates)
        {
            if (draw < rate)
            {
                return fault;
            }

            draw -= rate;
        }

        return Fault.None;
    }

    /// <summary>What is wrong with these settings, field by field.</summary>
    public IEnumerable<FieldError> Faults()
    {
        if (LatencyMs is < 0 or > MaxLatencyMs)
        {
            yield return new("latency_ms", "out_of_range", $"Latency is between 0 and {MaxLatencyMs} milliseconds.");
        }

        foreach (var (name, rate) in Rates.Select(rate => (rate.Name, rate.Rate)).Append(("duplicate_id_rate", DuplicateIdRate)))
        {
            if (rate is not (>= 0 and <= 1))
            {
                yield return new(name, "out_of_range", "A rate is between 0 and 1.");
            }
        }

        if (Rates.Sum(rate => rate.Rate) > 1)
        {
            yield return new("error_rate", "out_of_range", "At most one fault strikes a call: the rates add up to 1 at most.");
        }
    }

    private (string Name, double Rate, Fault Fault)[] Rates =>
    [
        ("error_rate", ErrorRate, Fault.Error),
        ("error_after_rate", ErrorAfterRate, Fault.ErrorAfter),
        ("timeout_rate", TimeoutRate, Fault.Timeout),
        ("timeout_after_rate", TimeoutAfterRate, Fault.TimeoutAfter),
        ("lost_reply_rate", LostReplyRate, Fault.LostReply),
    ];
}
