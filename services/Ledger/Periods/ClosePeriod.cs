using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Periods;

/// <summary>
/// Closes a month. First nothing is booked in it any more, in every shard: that takes a moment, and writers wait for no more. Then its totals are written and proved, while they go on. Each
/// step is there or is not, so whoever closes again goes on where it stopped.
/// </summary>
internal sealed class ClosePeriod(Shards shards, GetPeriod periods, IOptions<LedgerOptions> options, TimeProvider time)
{
    // "ledgperi" in ASCII.
    private const long Turn = 0x6C65646770657269;

    public async Task<Result<PeriodTotals>> HandleAsync(Period period, CancellationToken ct)
    {
        if (period.End > time.GetUtcNow())
        {
            return new Refusal(RefusalKind.Conflict, "period_not_over", $"{period} ends at {period.End:O}. Close it after that.");
        }

        await using var turn = await TurnSql.TryTakeAsync(shards.All[0].Source, Turn, ct);
        if (turn is null)
        {
            return new Refusal(RefusalKind.Unavailable, "being_closed", "A period is being closed right now. Ask again in a moment.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        foreach (var shard in shards.All)
        {
            // One that was cut and not totalled comes first: its closing is the opening of this one.
            if (await PeriodSql.ClosedThroughAsync(shard, ct) is { } last && last < period && await TotalAsync(shard, last, ct) is { } refusal)
            {
                return refusal;
            }

            if (!await PeriodSql.CutAsync(shard, period, ct))
            {
                return new Refusal(RefusalKind.Conflict, "period_out_of_order", $"A period before {period} has transfers and is open. Close it first.");
            }

            CrashPoint.Hit("ledger.period.cut");
        }

        foreach (var shard in shards.All)
        {
            if (await TotalAsync(shard, period, ct) is { } wrong)
            {
                return wrong;
            }
        }

        return await periods.HandleAsync(period, ct);
    }

    private async Task<Refusal?> TotalAsync(Shard shard, Period period, CancellationToken ct)
    {
        var seconds = options.Value.PeriodSeconds;
        await using var transaction = await shard.BeginAsync(ct);
        if (!await PeriodSql.AddTotalsAsync(transaction, period, time.GetUtcNow(), seconds, ct))
        {
            return null;
        }

        CrashPoint.Hit("ledger.period.totalled");
        if (await PeriodSql.DisproveAsync(transaction, period, seconds, ct) is { Count: > 0 } differences)
        {
            return new Refusal(RefusalKind.Conflict, "books_differ", $"The totals of {period} in shard {shard.Number} don't make what the accounts say. {string.Join("; ", differences)}");
        }

        await transaction.CommitAsync(ct);
        CrashPoint.Hit("ledger.period.closed");
        return null;
    }
}
