using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Payments;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.Storage;

namespace PayFlow.Auth.Acquirers;

/// <summary>What was found in an acquirer's journal.</summary>
/// <param name="Compared">Authorizations that stand there.</param>
/// <param name="Foreign">Those of merchants that are not in this database: another system's, and left alone.</param>
/// <param name="Orphans">Those that should not stand, found now or before and finished now.</param>
/// <param name="Failure">Why it did not come to its end; the next time goes on where the mark is.</param>
public sealed record OrphanReport(string Acquirer, DateTimeOffset? From, DateTimeOffset? Until, int Compared, int Foreign, IReadOnlyList<Orphan> Orphans, string? Failure = null);

/// <summary>
/// Asks every acquirer, once a day, what it has authorized, and reverses what should not stand there: approved there and unknown here, or given up here. A payment never gets to such a
/// state by itself; this is for what was lost by force. One process at a time; two at once would do no harm, since a reversal is idempotent.
/// </summary>
public sealed partial class OrphanSweep : BackgroundService
{
    private const long Turn = 0x6F727068616E7300;   // "orphans" in ASCII

    private readonly Shards shards;
    private readonly AcquirerDesk acquirers;
    private readonly OrphanOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<OrphanSweep> logger;
    private readonly Counter<long> resolved;

    public OrphanSweep(Shards shards, AcquirerDesk acquirers, IOptions<OrphanOptions> options, IMeterFactory meters, TimeProvider time, ILogger<OrphanSweep> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.shards, this.acquirers, this.options, this.time, this.logger) = (shards, acquirers, options.Value, time, logger);
        resolved = meters.Create(AuthTelemetry.Name).CreateCounter<long>("payflow.orphans", description: "Authorizations that stood at an acquirer and should not, by acquirer and end.");
    }

    // Marks and orphans are nobody's in particular: they are kept on the first shard.
    private Shard Home => shards.All[0];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Check, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await SweepAsync(onlyDue: true, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure);
            }
        }
    }

    /// <summary>Compares every acquirer's journal, or those that are due.</summary>
    /// <returns>What was found; null when another process is at it.</returns>
    public async Task<IReadOnlyList<OrphanReport>?> SweepAsync(bool onlyDue, CancellationToken ct)
    {
        await using var turn = await TurnSql.TryTakeAsync(Home.Source, Turn, ct);
        if (turn is null)
        {
            return null;
        }

        var reports = new List<OrphanReport>();
        foreach (var acquirer in acquirers.Names)
        {
            var mark = await OrphanSql.FindMarkAsync(Home.Source, acquirer, ct);
            if (!onlyDue || mark is null || mark.SweptAt + options.Every <= time.GetUtcNow())
            {
                reports.Add(await SweepAsync(acquirer, mark, ct));
            }
        }

        return reports;
    }

    public Task<IReadOnlyList<Orphan>> ListAsync(int limit, bool onlyOpen, CancellationToken ct) => OrphanSql.ListAsync(Home.Source, limit, onlyOpen, ct);

    // An acquirer that is away keeps nobody from asking the others.
    private async Task<OrphanReport> SweepAsync(string acquirer, OrphanMark? mark, CancellationToken ct)
    {
        var report = new OrphanReport(acquirer, null, null, 0, 0, []);
        try
        {
            foreach (var left in await OrphanSql.UnresolvedAsync(Home.Source, acquirer, ct))
            {
                report = report with { Orphans = [.. report.Orphans, await ResolveAsync(left, ct)] };
            }

            var (from, until) = OrphanRules.Window(options, mark?.SweptUntil, time.GetUtcNow());
            report = await CompareAsync(report with { From = from, Until = until }, from, until, ct);
            await OrphanSql.SetMarkAsync(Home.Source, acquirer, new OrphanMark(until, time.GetUtcNow()), ct);
            LogCompared(acquirer, report.Compared, from, until, report.Foreign, report.Orphans.Count);
            return report;
        }
        catch (Exception failure) when (failure is AcquirerFailedException or StaleSlotException)
        {
            LogLeft(acquirer, failure.Message);
            return report with { Failure = failure.Message };
        }
    }

    private async Task<OrphanReport> CompareAsync(OrphanReport report, DateTimeOffset from, DateTimeOffset until, CancellationToken ct)
    {
        string? after = null;
        while (true)
        {
            var page = await acquirers.ListAsync(report.Acquirer, new AuthorizationPageCall(from, until, after, options.Page), ct);
            var standing = page.Entries.Where(entry => entry.Stands).ToList();
            var (ours, orphans) = await FindAsync(report.Acquirer, standing, ct);
            foreach (var orphan in orphans)
            {
                LogFound(orphan.Acquirer, orphan.ExternalId, orphan.Reference, orphan.Amount, orphan.Merchant, orphan.Here is { } here ? Names.Of(here) : "unknown");
                await OrphanSql.AddAsync(Home.Source, orphan, ct);
                CrashPoint.Hit("auth.orphan.found");
                report = report with { Orphans = [.. report.Orphans, await ResolveAsync(orphan, ct)] };
            }

            report = report with { Compared = report.Compared + ours, Foreign = report.Foreign + standing.Count - ours };
            after = page.Entries.Count > 0 ? page.Entries[^1].ExternalId : after;
            if (!page.HasMore || page.Entries.Count == 0)
            {
                return report;
            }
        }
    }

    /// <summary>Those of a page that should not stand, and how many are of merchants of ours.</summary>
    private async Task<(int Ours, List<Orphan> Orphans)> FindAsync(string acquirer, IReadOnlyList<AuthorizationEntry> standing, CancellationToken ct)
    {
        var orphans = new List<Orphan>();
        var ours = 0;
        var known = standing.Select(entry => (Entry: entry, Merchant: Id.TryParse(IdPrefix.Merchant, entry.Merchant, out var merchant) ? merchant : (Id?)null)).Where(pair => pair.Merchant is not null);
        foreach (var ofShard in known.GroupBy(pair => shards.For(pair.Merchant!.Value.Slot)))
        {
            var (merchants, attempts) = await OrphanSql.KnownAsync(ofShard.Key, acquirer, [.. ofShard.Select(pair => (pair.Merchant!.Value, pair.Entry.Reference))], ct);
            foreach (var (entry, merchant) in ofShard.Where(pair => merchants.Contains(pair.Merchant!.Value)))
            {
                ours++;
                var here = attempts.TryGetValue(entry.Reference, out var state) ? state : (AttemptState?)null;
                if (OrphanRules.IsOrphan(here))
                {
                    orphans.Add(new Orphan(acquirer, entry.Reference, entry.ExternalId, merchant!.Value, entry.Amount, here, time.GetUtcNow()));
                }
            }
        }

        return (ours, orphans);
    }

    private async Task<Orphan> ResolveAsync(Orphan orphan, CancellationToken ct)
    {
        var answer = await acquirers.ReverseAsync(orphan.Acquirer, orphan.Reference, ct);
        CrashPoint.Hit("auth.orphan.reversed");
        var end = orphan with { End = answer.Reason is null ? OrphanEnd.Reversed : OrphanEnd.Refused, Reason = answer.Reason, ResolvedAt = time.GetUtcNow() };
        await OrphanSql.ResolveAsync(Home.Source, end, ct);
        LogResolved(end.Acquirer, end.Reference, end.End.Value, end.Reason ?? "nothing is held any more");
        resolved.Add(1, new("acquirer", end.Acquirer), new("end", Names.Of(end.End.Value)));
        return end;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Acquirer} holds {ExternalId} under {Reference}: {Amount} of {Merchant}; here it is {Here}")]
    private partial void LogFound(string acquirer, string externalId, string reference, Money amount, Id merchant, string here);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The orphan {Reference} at {Acquirer} is {End}: {Reason}")]
    private partial void LogResolved(string acquirer, string reference, OrphanEnd end, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Acquirer}: {Compared} authorizations from {From} to {Until} compared, {Foreign} are not ours, {Orphans} orphans")]
    private partial void LogCompared(string acquirer, int compared, DateTimeOffset from, DateTimeOffset until, int foreign, int orphans);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal of {Acquirer} was not compared to its end; the next time goes on: {Reason}")]
    private partial void LogLeft(string acquirer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep for orphans failed; the next one comes")]
    private partial void LogFailed(Exception failure);
}
