using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Ledger.Periods;

/// <summary>Closing of months, for operators.</summary>
internal static class PeriodEndpoints
{
    public static void MapPeriods(this IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/periods/{period}", GetAsync);
        app.MapPost("/internal/periods/{period}/close", CloseAsync);
    }

    private static async Task<IResult> GetAsync(string period, GetPeriod periods, CancellationToken ct) =>
        Period.TryParse(period, out var asked) ? Results.Ok(PeriodView.From(await periods.HandleAsync(asked, ct))) : Problem.From(Malformed);

    private static async Task<IResult> CloseAsync(string period, ClosePeriod close, CancellationToken ct)
    {
        if (!Period.TryParse(period, out var asked))
        {
            return Problem.From(Malformed);
        }

        var closed = await close.HandleAsync(asked, ct);
        return closed.TryGet(out var totals, out var refusal) ? Results.Ok(PeriodView.From(totals)) : Problem.From(refusal);
    }

    private static Refusal Malformed { get; } = Refusal.Invalid([new FieldError("period", "malformed", "Must be a month like 2026-11.")]);

    private sealed record PeriodView(string Period, string State, DateTimeOffset? ClosedAt, IReadOnlyList<LineView> Lines)
    {
        public static PeriodView From(PeriodTotals totals) => new(
            totals.Period.ToString(), totals.ClosedAt is null ? "open" : "closed", totals.ClosedAt,
            [.. totals.Lines.Select(line => new LineView(line.Mode, line.Currency, line.Debits, line.Credits, line.Accounts))]);
    }

    private sealed record LineView(Mode Mode, Currency Currency, long Debits, long Credits, long Accounts);
}
