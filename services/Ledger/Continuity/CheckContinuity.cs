using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Continuity;

/// <summary>
/// Compares what payments moved with what the ledger posted, while both go on. Both say when a movement took effect, and it is the same time: the event carries it. So a span of time
/// that is over can be added up on both sides; where the sums differ, the span is halved until a second is left, and its payments are compared one by one.
/// </summary>
internal sealed partial class CheckContinuity(
    Shards shards, Payments.PaymentsClient payments, ReadContinuity read, IOptions<ContinuityOptions> options, TimeProvider time, ILogger<CheckContinuity> logger)
{
    // "ledgcont" in ASCII.
    private const long Turn = 0x6C656467636F6E74;

    private static readonly TimeSpan Finest = TimeSpan.FromSeconds(1);

    private DateTimeOffset? _swept;   // how far the books that agreed were gone through again

    /// <summary>One round; only reads when another process is at it.</summary>
    public async Task<Agreement> RunAsync(CancellationToken ct)
    {
        await using var turn = await TurnSql.TryTakeAsync(shards.All[0].Source, Turn, ct);
        if (turn is null)
        {
            return await read.HandleAsync(ct);
        }

        var now = LedgerEngine.ToMicroseconds(time.GetUtcNow());
        var known = await ContinuitySql.ReadAsync(shards.All[0], ct);
        var start = await StartAsync(now, ct);
        foreach (var shard in shards.All)
        {
            var before = known.Find(agreement => agreement.Shard == shard.Number) ?? new ShardAgreement(shard.Number, start, now);
            var after = await AdvanceAsync(before, now, ct);
            await ContinuitySql.WriteAsync(shards.All[0], after, ct);
        }

        await SweepAsync(start, now, ct);
        var agreement = await read.HandleAsync(ct);
        foreach (var broken in agreement.Broken)
        {
            LogBroken(broken.Shard, broken.Difference!);
        }

        return agreement;
    }

    /// <summary>Goes on from where a shard agreed, a span at a time, to the first difference or to what may still be on its way.</summary>
    private async Task<ShardAgreement> AdvanceAsync(ShardAgreement agreement, DateTimeOffset now, CancellationToken ct)
    {
        var end = now - options.Value.Lag;
        var from = agreement.AgreedUntil;
        for (var spans = 0; from < end && spans < options.Value.MaxSpans; spans++)
        {
            var to = Earlier(from + options.Value.Span, end);
            var (until, difference) = await FirstAsync(agreement.Shard, from, to, ct);
            if (difference is not null)
            {
                return agreement.Differ(difference, now);
            }

            from = until;
            if (until < to)
            {
                break;   // they differed a moment ago: the next round looks again
            }
        }

        return agreement.Agree(from, now);
    }

    /// <summary>Goes through one more span of what agreed before: what was right may be made wrong. A difference takes the agreement back to where it is.</summary>
    private async Task SweepAsync(DateTimeOffset start, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var agreement in await ContinuitySql.ReadAsync(shards.All[0], ct))
        {
            var from = _swept ?? start;
            var to = Earlier(from + options.Value.Span, agreement.AgreedUntil);
            if (from < to && await FirstAsync(agreement.Shard, from, to, ct) is { Difference: { } difference })
            {
                await ContinuitySql.WriteAsync(shards.All[0], agreement.Differ(difference, now), ct);
            }
        }

        var next = (_swept ?? start) + options.Value.Span;
        _swept = next < now ? next : null;
    }

    /// <summary>The first difference in a span, and until when there is none.</summary>
    private async Task<(DateTimeOffset Until, Difference? Difference)> FirstAsync(int shard, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var different = await CompareAsync(shard, from, to, [], ct);
        if (different.Count == 0)
        {
            return (to, null);
        }

        while (to - from > Finest)
        {
            var middle = LedgerEngine.ToMicroseconds(from + ((to - from) / 2));
            var earlier = await CompareAsync(shard, from, middle, [], ct);
            (from, to, different) = earlier.Count == 0 ? (middle, to, different) : (from, middle, earlier);
        }

        var merchants = (await CompareAsync(shard, from, to, [], ct)).Select(difference => difference.What.Merchant).Distinct().ToList();
        var byPayment = merchants.Count == 0 ? [] : await CompareAsync(shard, from, to, merchants, ct);
        return (from, byPayment.Count == 0 ? null : byPayment[0]);
    }

    private async Task<IReadOnlyList<Difference>> CompareAsync(int shard, DateTimeOffset from, DateTimeOffset to, IReadOnlyCollection<Id> merchants, CancellationToken ct)
    {
        // The ledger first: what it has posted was committed by the payments before, so only the other way round something can be missing for a moment.
        var ledger = await Task.WhenAll(shards.All.Select(each => ContinuitySql.SumAsync(each, from, to, merchants, options.Value.SumSeconds, ct)));
        var paid = await PaymentsAsync(from, to, merchants, ct);
        return Comparison.Compare(paid.Where(IsHere), ledger.SelectMany(sums => sums).Where(IsHere));

        // A merchant belongs to the shard where its slot lives now, wherever its transfers were posted; on the way between two shards, to none until the move is over.
        bool IsHere(Movement movement) => shards.Find(movement.What.Merchant.Slot)?.Number == shard;
    }

    private async Task<List<Movement>> PaymentsAsync(DateTimeOffset from, DateTimeOffset to, IReadOnlyCollection<Id> merchants, CancellationToken ct)
    {
        var request = new SumMovementsRequest { From = from.ToTimestamp(), To = to.ToTimestamp(), MerchantIds = { merchants.Select(merchant => merchant.ToString()) } };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(TimeSpan.FromSeconds(options.Value.SumSeconds));
        using var call = payments.SumMovements(request, cancellationToken: limited.Token);
        var movements = new List<Movement>();
        await foreach (var moved in call.ResponseStream.ReadAllAsync(limited.Token))
        {
            var what = new Moved(
                Id.Parse(IdPrefix.Merchant, moved.MerchantId), ContractMode.Read(moved.Mode), Currency.Parse(moved.Currency), moved.Kind,
                moved.PaymentId.Length == 0 ? null : Id.Parse(IdPrefix.Payment, moved.PaymentId));
            movements.Add(new Movement(what, moved.Amount, LedgerEngine.ToMicroseconds(moved.FirstAt.ToDateTimeOffset())));
        }

        return movements;
    }

    /// <summary>Books begin with the month of their first transfer, or with this one.</summary>
    private async Task<DateTimeOffset> StartAsync(DateTimeOffset now, CancellationToken ct)
    {
        var firsts = await Task.WhenAll(shards.All.Select(shard => ContinuitySql.FirstAsync(shard, ct)));
        var first = firsts.Min(id => id?.Time) is { } oldest && oldest < now ? oldest : now;
        return new DateTimeOffset(first.Year, first.Month, 1, 0, 0, 0, TimeSpan.Zero);
    }

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    [LoggerMessage(Level = LogLevel.Critical, Message = "Payments and ledger of shard {Shard} differ, first in {Difference}")]
    private partial void LogBroken(int shard, Difference difference);
}
