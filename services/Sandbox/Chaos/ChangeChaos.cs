using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Chaos;

/// <summary>What is to change: a field that is absent stays as it is.</summary>
/// <param name="Acquirer">All of them when absent.</param>
public sealed record ChaosChange(
    string? Acquirer,
    int? LatencyMs,
    double? ErrorRate,
    double? ErrorAfterRate,
    double? TimeoutRate,
    double? TimeoutAfterRate,
    double? LostReplyRate,
    bool? Refuse,
    bool? Amounts,
    bool? NetworkAway,
    long? Seed,
    double? DuplicateIdRate)
{
    public ChaosSettings ApplyTo(ChaosSettings settings) => new(
        LatencyMs ?? settings.LatencyMs,
        ErrorRate ?? settings.ErrorRate,
        ErrorAfterRate ?? settings.ErrorAfterRate,
        TimeoutRate ?? settings.TimeoutRate,
        TimeoutAfterRate ?? settings.TimeoutAfterRate,
        LostReplyRate ?? settings.LostReplyRate,
        Refuse ?? settings.Refuse,
        Amounts ?? settings.Amounts,
        NetworkAway ?? settings.NetworkAway,
        Seed ?? settings.Seed,
        DuplicateIdRate ?? settings.DuplicateIdRate);
}

/// <summary><c>PUT /chaos</c>, and <c>DELETE /chaos</c> for calm everywhere; both answer like <c>GET /chaos</c>.</summary>
public static class ChangeChaos
{
    public static async Task<IResult> HandleAsync(ChaosChange change, ChaosSwitches switches, CancellationToken cancel)
    {
        var named = Acquirer.All.Where(acquirer => change.Acquirer is null || change.Acquirer == acquirer.Code).ToList();
        var changed = named.Select(acquirer => (Acquirer: acquirer, Settings: change.ApplyTo(switches.Of(acquirer)))).ToList();
        List<FieldError> errors =
        [
            .. named.Count > 0 ? (FieldError[])[] : [new("acquirer", "unknown", $"There is no acquirer '{change.Acquirer}'.")],
            .. changed.SelectMany(change => change.Settings.Faults()).DistinctBy(error => error.Param),
        ];
        if (errors.Count > 0)
        {
            return Problem.From(Refusal.Invalid(errors));
        }

        foreach (var (acquirer, settings) in changed)
        {
            await switches.SetAsync(acquirer, settings, cancel);
        }

        return GetChaos.Handle(switches);
    }

    public static async Task<IResult> CalmAsync(ChaosSwitches switches, CancellationToken cancel)
    {
        foreach (var acquirer in Acquirer.All)
        {
            await switches.SetAsync(acquirer, ChaosSettings.Calm, cancel);
        }

        return GetChaos.Handle(switches);
    }
}
