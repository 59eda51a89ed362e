using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

/// <summary>The CHECK constraints of the table <c>payments</c>, as a test can ask them.</summary>
internal static class DatabaseRules
{
    public static bool Hold(Amounts a, long amount) =>
        new[] { a.Authorized, a.Capturing, a.Captured, a.Releasing, a.Released, a.Settled, a.Refunding, a.Refunded, a.Disputed, a.ChargedBack }.Min() >= 0
        && (a.Authorized == 0 || a.Authorized == amount)
        && a.Captured + a.Capturing + a.Released + a.Releasing <= a.Authorized
        && a.Refunded + a.Refunding <= a.Captured
        && a.Settled <= a.Captured
        && (a.Returned == 0 || a.Returned == a.Captured);

    /// <summary>The trigger: what a refund reserves is neither disputed nor charged back.</summary>
    public static bool TakesRefund(Amounts before, Amounts after) =>
        after.Refunding <= before.Refunding || after.Disputed + after.ChargedBack == 0 || after.Refunded + after.Refunding + after.Disputed + after.ChargedBack <= after.Captured;
}
