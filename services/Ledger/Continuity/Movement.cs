using PayFlow.Kernel;

namespace PayFlow.Ledger.Continuity;

/// <summary>What is added up on both sides.</summary>
/// <param name="Kind">capture, void_capture or refund.</param>
/// <param name="Payment">Null when it is added up over all payments of the merchant.</param>
internal readonly record struct Moved(Id Merchant, Mode Mode, Currency Currency, string Kind, Id? Payment);

/// <summary>What took effect in a span of time, added up.</summary>
/// <param name="Amount">Minor units.</param>
/// <param name="FirstAt">When the first of it took effect, UTC.</param>
internal sealed record Movement(Moved What, long Amount, DateTimeOffset FirstAt);

/// <summary>Where payments and ledger say something else, minor units.</summary>
/// <param name="At">When it first took effect, by whichever book knows an earlier time.</param>
internal sealed record Difference(Moved What, long Payments, long Ledger, DateTimeOffset At)
{
    public override string ToString() =>
        $"{(What.Payment is { } payment ? payment : What.Merchant)}: {What.Kind} of {Payments} {What.Currency} by the payments, of {Ledger} by the ledger ({What.Mode}, {At:O})";
}

/// <summary>Compares sums of the payments with sums of the ledger. Pure.</summary>
internal static class Comparison
{
    /// <summary>What differs, by time.</summary>
    public static IReadOnlyList<Difference> Compare(IEnumerable<Movement> payments, IEnumerable<Movement> ledger)
    {
        var left = AddUp(payments);
        var right = AddUp(ledger);
        return
        [
            .. left.Keys.Union(right.Keys)
                .Select(what => (What: what, Payments: left.GetValueOrDefault(what), Ledger: right.GetValueOrDefault(what)))
                .Where(both => (both.Payments?.Amount ?? 0) != (both.Ledger?.Amount ?? 0))
                .Select(both => new Difference(both.What, both.Payments?.Amount ?? 0, both.Ledger?.Amount ?? 0, Earlier(both.Payments, both.Ledger)))
                .OrderBy(difference => difference.At).ThenBy(difference => difference.What.Payment ?? difference.What.Merchant),
        ];
    }

    /// <summary>A merchant's sums may come from several shards.</summary>
    private static Dictionary<Moved, Movement> AddUp(IEnumerable<Movement> movements) => movements
        .GroupBy(movement => movement.What)
        .ToDictionary(same => same.Key, same => new Movement(same.Key, same.Sum(movement => movement.Amount), same.Min(movement => movement.FirstAt)));

    private static DateTimeOffset Earlier(Movement? left, Movement? right) =>
        left is null ? right!.FirstAt : right is null || left.FirstAt < right.FirstAt ? left.FirstAt : right.FirstAt;
}
