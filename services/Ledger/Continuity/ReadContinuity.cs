using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Ledger.Continuity;

/// <summary>How far the books agree, by the last round, whichever process made it.</summary>
internal sealed class ReadContinuity(Shards shards, IOptions<ContinuityOptions> options, ContinuityTelemetry telemetry)
{
    public async Task<Agreement> HandleAsync(CancellationToken ct)
    {
        var agreement = new Agreement(await ContinuitySql.ReadAsync(shards.All[0], ct), options.Value.Patience);
        telemetry.Note(agreement);
        return agreement;
    }
}
