namespace PayFlow.Auth.Payments;

/// <summary>What a merchant can do to a payment.</summary>
public enum PaymentAction
{
    Confirm,
    Capture,
    Void,
    Refund,
}

/// <summary>Whether an action is allowed now and, when not, why, in words for an operator.</summary>
public sealed record ActionAnswer(PaymentAction Action, bool Allowed, string? Reason);

/// <summary>
/// The one table of what each action needs, in the order in which it is checked. What fails first is the reason; what isn't in the table is illegal.
/// </summary>
public static class PaymentActions
{
    private static readonly Need IsDraft = new((payment, _) => payment.Status == PaymentStatus.Draft, _ => "the payment is submitted already");
    private static readonly Need Submitted = new((payment, _) => payment.Status != PaymentStatus.Draft, _ => "the payment is a draft; confirm it first");
    private static readonly Need NotThePayersTurn = new(
        (payment, _) => payment.Status != PaymentStatus.RequiresAction,
        _ => "the payer has to complete the authentication first");
    private static readonly Need Decided = new(
        (payment, _) => payment.Authorization is { State: not OperationState.Pending },
        _ => "the payment is still being processed");
    private static readonly Need Approved = new(
        (payment, _) => payment.Authorization is { State: OperationState.Succeeded },
        payment => $"the payment was {NotApproved(payment)}");
    private static readonly Need NotVoided = new((payment, _) => payment.Status != PaymentStatus.Voided, _ => "the payment was voided");
    private static readonly Need NotExpired = new((payment, _) => payment.Status != PaymentStatus.Expired, payment => $"the authorization lapsed at {Lapse(payment)}");
    private static readonly Need NotExpiring = new((payment, _) => !IsPending(payment, OperationKind.Expire), _ => "the authorization has lapsed and is being released");
    private static readonly Need NotBeingVoided = new((payment, _) => !IsPending(payment, OperationKind.Void), _ => "a void is in progress");
    private static readonly Need NotBeingCaptured = new((payment, _) => payment.Amounts.Capturing == 0, _ => "a capture is in progress");
    private static readonly Need NothingCaptured = new(
        (payment, _) => payment.Amounts.Captured == 0,
        _ => "the payment is already captured; refund it instead");
    private static readonly Need SomethingCaptured = new((payment, _) => payment.Amounts.Captured > 0, _ => "the payment is not captured yet");
    private static readonly Need NotReturned = new((payment, _) => payment.Amounts.Returned == 0, _ => "the payer's bank took the debit back");
    private static readonly Need SomethingKept = new(
        (payment, _) => payment.Amounts.Kept > 0,
        _ => "everything that was captured is refunded or being refunded");
    private static readonly Need NotAllDisputed = new(
        (payment, _) => payment.Amounts.Unrefunded > 0,
        payment => payment.Amounts.Disputed > 0
            ? "the cardholder disputes what is left of it, and the card network decides who gets that"
            : "the cardholder got what is left of it back by a chargeback");
    private static readonly Need NoLastCapture = new(
        (payment, _) => !payment.Operations.Any(IsPendingFinalCapture),
        _ => "the last capture is in progress");
    private static readonly Need SomethingUncaptured = new(
        (payment, _) => payment.Amounts.Uncaptured > 0,
        _ => "everything that was authorized is captured or released");
    private static readonly Need HoldStands = new(
        (payment, now) => payment.ExpiresAt is not { } end || end > now,
        payment => $"the authorization lapsed at {Lapse(payment)}");

    private static readonly (PaymentAction Action, Need[] Needs)[] Table =
    [
        (PaymentAction.Confirm, [IsDraft]),
        (PaymentAction.Capture, [Submitted, NotThePayersTurn, Decided, Approved, NotVoided, NotExpired, NotBeingVoided, NotExpiring, NoLastCapture, SomethingUncaptured, HoldStands]),
        (PaymentAction.Void, [Submitted, NotThePayersTurn, Decided, Approved, NotVoided, NotExpired, NotBeingVoided, NotExpiring, NothingCaptured, NotBeingCaptured]),
        (PaymentAction.Refund, [Submitted, NotThePayersTurn, Decided, Approved, NotVoided, NotExpired, SomethingCaptured, NotReturned, SomethingKept, NotAllDisputed]),
    ];

    /// <summary>Every action with its answer, in the order of the table.</summary>
    public static IReadOnlyList<ActionAnswer> All(Payment payment, DateTimeOffset now) => [.. Table.Select(row => Answer(row.Action, row.Needs, payment, now))];

    /// <summary>The same of a payment that was accepted and not begun.</summary>
    public static IReadOnlyList<ActionAnswer> OfSubmitted() =>
        [.. Table.Select(row => new ActionAnswer(row.Action, false, $"Cannot {row.Action.Name()}: the payment is still being processed."))];

    public static ActionAnswer Check(PaymentAction action, Payment payment, DateTimeOffset now)
    {
        var (_, needs) = Table.Single(row => row.Action == action);
        return Answer(action, needs, payment, now);
    }

    public static string Name(this PaymentAction action) => action switch
    {
        PaymentAction.Confirm => "confirm",
        PaymentAction.Capture => "capture",
        PaymentAction.Void => "void",
        PaymentAction.Refund => "refund",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };

    private static ActionAnswer Answer(PaymentAction action, Need[] needs, Payment payment, DateTimeOffset now)
    {
        var missing = Array.Find(needs, need => !need.Holds(payment, now));
        return new ActionAnswer(action, missing is null, missing is null ? null : $"Cannot {action.Name()}: {missing.Otherwise(payment)}.");
    }

    private static string Lapse(Payment payment) => FormattableString.Invariant($"{payment.ExpiresAt:yyyy-MM-dd HH:mm} UTC");

    private static bool IsPending(Payment payment, OperationKind kind) =>
        payment.Operations.Any(operation => operation.Kind == kind && operation.State == OperationState.Pending);

    private static string NotApproved(Payment payment) => payment.Status == PaymentStatus.Declined ? "declined" : "not authorized: it failed";

    private static bool IsPendingFinalCapture(Operation operation) => operation is { Kind: OperationKind.Capture, State: OperationState.Pending, IsFinal: true };

    private sealed record Need(Func<Payment, DateTimeOffset, bool> Holds, Func<Payment, string> Otherwise);
}
