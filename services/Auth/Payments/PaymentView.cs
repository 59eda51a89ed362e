using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Vault;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Payments;

/// <summary>A payment as the API shows it.</summary>
public sealed record PaymentView
{
    public required Id Id { get; init; }

    public string Object { get; init; } = "payment";

    [Description("Derived from amounts and operations: submitted, processing, authorized, partially_captured, captured, settled, refunded, returned, disputed, charged_back, voided, expired, declined, failed, …")]
    public required string Status { get; init; }

    public required Money Amount { get; init; }

    public required AmountsView Amounts { get; init; }

    public required PaymentMethodView PaymentMethod { get; init; }

    public string? Reference { get; init; }

    public RiskView? Risk { get; init; }

    [Description("Who holds the authorization.")]
    public string? Acquirer { get; init; }

    [Description("What the acquirer calls the authorization.")]
    public string? ExternalId { get; init; }

    [Description("Why the payment was declined or failed.")]
    public string? DeclineCode { get; init; }

    [Description("Of a declined payment, whether a new one with the same card can help: soft (later, perhaps) or hard (no).")]
    public DeclineKind? DeclineKind { get; init; }

    public required Mode Mode { get; init; }

    [Description("When the hold lapses unless it is captured.")]
    public DateTimeOffset? ExpiresAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }

    [Description("What the payer has to do before the payment can go on.")]
    public NextActionView? NextAction { get; init; }

    [Description("What was asked of it, in order.")]
    public required IReadOnlyList<OperationView> Operations { get; init; }

    [Description("Which acquirers were asked to authorize it, in order.")]
    public required IReadOnlyList<AttemptView> Attempts { get; init; }

    [Description("What cardholders dispute of it, in order.")]
    public required IReadOnlyList<DisputeView> Disputes { get; init; }

    public required IReadOnlyList<ActionView> AllowedActions { get; init; }

    public static PaymentView Of(Payment payment, DateTimeOffset now) => new()
    {
        Id = payment.Id,
        Status = payment.Status.Name(),
        Amount = payment.Amount,
        Amounts = AmountsView.Of(payment.Amounts),
        PaymentMethod = PaymentMethodView.Of(payment.Method),
        Reference = payment.Reference,
        Risk = payment.Risk,
        Acquirer = payment.Acquirer,
        ExternalId = payment.ExternalId,
        DeclineCode = payment.DeclineCode,
        DeclineKind = payment.DeclineKind,
        Mode = payment.Mode,
        ExpiresAt = payment.ExpiresAt,
        CreatedAt = payment.CreatedAt,
        UpdatedAt = payment.UpdatedAt,
        Metadata = payment.Metadata,
        NextAction = payment.Status == PaymentStatus.RequiresAction ? NextActionView.Of(payment.Authentication!) : null,
        Operations = [.. payment.Operations.Select(OperationView.Of)],
        Attempts = [.. payment.Attempts.Where(attempt => attempt.OperationId == payment.Authorization?.Id).Select(AttemptView.Of)],
        Disputes = [.. payment.Disputes.Select(DisputeView.Of)],
        AllowedActions = Actions(payment, now),
    };

    /// <summary>A payment that was accepted and not begun: all there is of it is its request.</summary>
    public static PaymentView Of(KeyRow accepted)
    {
        var request = PaymentRequest.Of(accepted);
        return new PaymentView
        {
            Id = accepted.PaymentId,
            Status = PaymentStatus.Submitted.Name(),
            Amount = request.Amount,
            Amounts = AmountsView.Of(default),
            PaymentMethod = PaymentMethodView.Of(request.Method),
            Reference = request.Reference,
            Mode = accepted.Name.Mode,
            CreatedAt = accepted.CreatedAt,
            UpdatedAt = accepted.CreatedAt,
            Metadata = request.Metadata,
            Operations = [],
            Attempts = [],
            Disputes = [],
            AllowedActions = [.. PaymentActions.OfSubmitted().Select(ActionView.Of)],
        };
    }

    public static IReadOnlyList<ActionView> Actions(Payment payment, DateTimeOffset now) => [.. PaymentActions.All(payment, now).Select(ActionView.Of)];

    public string ToJson() => JsonSerializer.Serialize(this, ApiJson.Options);
}

/// <summary>Minor units of the payment's currency.</summary>
public sealed record AmountsView(
    long Authorized,
    [property: Description("Reserved for captures that are on their way.")] long Capturing,
    long Captured,
    [property: Description("Authorized and never to be captured: voided, expired, or left over by the last capture.")] long Released,
    long Settled,
    long Refunding,
    long Refunded,
    [property: Description("What the payer's bank took back.")] long Returned,
    [property: Description("In disputes that are open.")] long Disputed,
    [property: Description("In disputes that were lost.")] long ChargedBack)
{
    public static AmountsView Of(Amounts amounts) =>
        new(
            amounts.Authorized, amounts.Capturing, amounts.Captured, amounts.Released, amounts.Settled, amounts.Refunding, amounts.Refunded, amounts.Returned, amounts.Disputed,
            amounts.ChargedBack);
}

/// <summary>Send the payer's browser to <paramref name="Url"/>; it comes back to the payment's <c>return_url</c>.</summary>
public sealed record NextActionView([property: Description("redirect")] string Type, string Url, DateTimeOffset ExpiresAt)
{
    public static NextActionView Of(Authentication authentication) => new("redirect", authentication.ChallengeUrl!, authentication.ExpiresAt!.Value);
}

/// <summary>An operation of a payment. Amounts are minor units of its currency.</summary>
public sealed record OperationView(
    Id Id,
    [property: Description("authorize, capture, void, expire, refund, return")] string Type,
    long Amount,
    [property: Description("pending, succeeded, declined, failed")] string Status,
    [property: Description("What the merchant pays us for it, taken when it is settled.")] long Fee,
    [property: Description("What the acquirer calls it.")] string? ExternalId,
    [property: Description("Why it was declined or failed; of a return, the R-code.")] string? Reason,
    [property: Description("Of a refund: the capture that it takes back whole; of a return: the capture that the bank took back.")] Id? Capture,
    [property: Description("Of a refund: the capture was not settled and is voided instead.")] bool? VoidsCapture,
    DateTimeOffset CreatedAt,
    DateTimeOffset? FinishedAt)
{
    public static OperationView Of(Operation operation) => new(
        operation.Id,
        Names.Of(operation.Kind),
        operation.Amount,
        Names.Of(operation.State),
        operation.Fee,
        operation.ExternalId,
        operation.DeclineCode,
        operation.CaptureId,
        operation is { Kind: OperationKind.Refund, CaptureId: not null } ? operation.VoidsCapture : null,
        operation.CreatedAt,
        operation.FinishedAt);
}

/// <summary>An acquirer that was asked to authorize a payment.</summary>
public sealed record AttemptView(
    Id Id,
    string Acquirer,
    [property: Description("started, approved, declined, not_processed, unknown, reversed")] string Status,
    [property: Description("What the acquirer calls the authorization.")] string? ExternalId,
    [property: Description("Why it was declined.")] string? DeclineCode,
    [property: Description("Whether asking again can help: hard or soft.")] DeclineKind? DeclineKind)
{
    public static AttemptView Of(Attempt attempt) => new(attempt.Id, attempt.Acquirer, Names.Of(attempt.State), attempt.ExternalId, attempt.DeclineCode, attempt.DeclineKind);
}

/// <summary>A dispute of a payment. Amounts are minor units of its currency.</summary>
public sealed record DisputeView(
    Id Id,
    [property: Description("The capture that it is about.")] Id Capture,
    long Amount,
    [property: Description("open, won, lost")] string Status,
    [property: Description("fraudulent, product_not_received, product_unacceptable, duplicate, credit_not_processed, general")] string Reason,
    [property: Description("Until when evidence is heard.")] DateTimeOffset RespondBy,
    [property: Description("What the merchant pays us when it is lost.")] long Fee,
    [property: Description("What the acquirer calls it.")] string ExternalId,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt)
{
    public static DisputeView Of(Dispute dispute) => new(
        dispute.Id, dispute.CaptureId, dispute.Amount, Names.Of(dispute.State), dispute.Reason, dispute.RespondBy, dispute.Fee, dispute.ExternalId, dispute.OpenedAt, dispute.ClosedAt);
}

/// <summary>What the payment is paid with: one of the two.</summary>
public sealed record PaymentMethodView([property: Description("card, bank_account")] string Type, Id Token)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PaymentCardView? Card { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PaymentBankAccountView? BankAccount { get; init; }

    public static PaymentMethodView Of(PaymentMethod method) => new(Names.Of(method.Type), method.TokenId)
    {
        Card = method is CardView card ? new PaymentCardView(card.Brand, card.Last4, card.ExpMonth, card.ExpYear) : null,
        BankAccount = method is BankAccountView account ? new PaymentBankAccountView(account.Routing, account.Last4, account.Account, account.Holder) : null,
    };
}

public sealed record PaymentCardView(string Brand, string Last4, int ExpMonth, int ExpYear);

public sealed record PaymentBankAccountView([property: Description("The bank's; no secret.")] string RoutingNumber, string Last4, AccountType AccountType, HolderType HolderType);

/// <summary>Whether an action is allowed now, and why not.</summary>
public sealed record ActionView(string Action, bool Allowed, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason)
{
    public static ActionView Of(ActionAnswer answer) => new(answer.Action.Name(), answer.Allowed, answer.Reason);
}
