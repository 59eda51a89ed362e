using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Idempotency;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>The steps from a request to an authorization or its end. Pure: what each makes of a payment, and what it tells.</summary>
public static class Authorizing
{
    public const string BlockedByRisk = "blocked_by_risk";
    public const string RiskUnavailable = "risk_unavailable";
    public const string AuthenticationRequired = "authentication_required";
    public const string AcquirerUnresolved = "acquirer_unresolved";
    public const string NoAcquirer = "no_acquirer_available";
    public const string RequestRefused = "acquirer_refused_request";

    /// <summary>A new payment, judged, with its amount asked for and no acquirer yet.</summary>
    /// <param name="operationId">Of the authorize operation.</param>
    public static PaymentChange Submit(KeyRow key, PaymentRequest request, RiskView risk, Id operationId, DateTimeOffset now)
    {
        var payment = New(key, request) with { Risk = risk };
        return PaymentChange.New(payment, now)
            .Step("payment.submitted", submitted => submitted, Naming(request.Amount))
            .Publish("payment.submitted", message => message.Submitted = new PaymentSubmitted { Amount = request.Amount.MinorUnits })
            .Assess(risk, submitted => submitted.With(Authorize(submitted, operationId, key.Name.Key, now)));
    }

    /// <summary>How the payment was judged.</summary>
    /// <param name="apply">What else becomes of it with that.</param>
    public static PaymentChange Assess(this PaymentChange change, RiskView risk, Func<Payment, Payment>? apply = null)
    {
        return change.Step("risk.assessed", Judged, new JsonObject
        {
            ["score"] = risk.Score,
            ["decision"] = risk.Decision,
            ["reasons"] = new JsonArray([.. risk.Reasons.Select(reason => JsonValue.Create(reason.Code))]),
            ["fallback"] = risk.Fallback,
        });

        Payment Judged(Payment payment) => (apply?.Invoke(payment) ?? payment) with { Risk = risk };
    }

    /// <summary>An acquirer is about to be asked.</summary>
    public static PaymentChange StartAttempt(this PaymentChange change, Id attemptId, RouteChoice route, DateTimeOffset now)
    {
        var attempt = new Attempt
        {
            Id = attemptId,
            OperationId = change.After.Authorization!.Id,
            Acquirer = route.Acquirer,
            Reference = attemptId.ToString(),
            CreatedAt = now,
        };
        return change.Step("attempt.started", payment => payment.With(attempt), route.Explain(Naming(attempt)));
    }

    public static PaymentChange Approve(this PaymentChange change, Attempt attempt, string externalId, TimeSpan hold, DateTimeOffset now)
    {
        var operation = change.After.Authorization!;
        change.Step(
            "payment.authorized",
            payment => (payment with
            {
                Acquirer = attempt.Acquirer,
                ExternalId = externalId,
                ExpiresAt = now + hold,
                Amounts = payment.Amounts with { Authorized = operation.Amount },
            })
                .With(attempt.Finish(AttemptState.Approved, now) with { ExternalId = externalId })
                .With(operation.Finish(OperationState.Succeeded, now) with { ExternalId = externalId }),
            With(Naming(attempt), "external_id", externalId));
        return change.Publish("payment.authorized", message => message.Authorized = new PaymentAuthorized
        {
            OperationId = operation.Id.ToString(),
            Amount = operation.Amount,
            Acquirer = attempt.Acquirer,
            Reference = attempt.Reference,
            ExternalId = externalId,
            RiskScore = change.After.Risk!.Score,
            ExpiresAt = (now + hold).ToTimestamp(),
        });
    }

    /// <summary>Risk declines, and no acquirer is asked.</summary>
    public static PaymentChange DeclineByRisk(this PaymentChange change, string code, DateTimeOffset now) => change.Decline(code, attempt: null, externalId: null, now);

    /// <summary>The issuer or the acquirer declined.</summary>
    public static PaymentChange Decline(this PaymentChange change, string code, Attempt? attempt, string? externalId, DateTimeOffset now, DeclineKind? kind = null)
    {
        var operation = change.After.Authorization!;
        change.Step(
            "payment.declined",
            payment =>
            {
                var declined = (payment with { DeclineCode = code, Acquirer = attempt?.Acquirer })
                    .With(operation.Finish(OperationState.Declined, now) with { DeclineCode = code, ExternalId = externalId });
                return attempt is null ? declined : declined.With(attempt.Finish(AttemptState.Declined, now) with { ExternalId = externalId, DeclineCode = code, DeclineKind = kind });
            },
            With(attempt is null ? [] : Naming(attempt), "decline_code", code));
        return change.Publish("payment.declined", message => message.Declined = new PaymentDeclined
        {
            OperationId = operation.Id.ToString(),
            DeclineCode = code,
            DeclineKind = Names.Of(change.After.DeclineKind!.Value),
            Acquirer = attempt?.Acquirer ?? "",
        });
    }

    /// <summary>The authorization is given up: certainly no acquirer holds anything for it.</summary>
    /// <param name="attempt">The attempt that is given up, when one is open.</param>
    /// <param name="end">What certainly became of it: not processed, or reversed.</param>
    public static PaymentChange Fail(this PaymentChange change, string reason, Attempt? attempt, AttemptState end, DateTimeOffset now)
    {
        var operation = change.After.Authorization!;
        change.Step(
            "payment.failed",
            payment =>
            {
                var failed = (payment with { DeclineCode = reason }).With(operation.Finish(OperationState.Failed, now) with { DeclineCode = reason });
                return attempt is null ? failed : failed.With(attempt.Finish(end, now));
            },
            With(attempt is null ? [] : Naming(attempt), "reason", reason));
        return change.Publish("payment.failed", message => message.Failed = new PaymentFailed { OperationId = operation.Id.ToString(), Reason = reason });
    }

    /// <summary>The issuer wants the payer authenticated: nothing is held, and it is asked again when that is done.</summary>
    public static PaymentChange WantsAuthentication(this PaymentChange change, Attempt attempt, string? externalId, DateTimeOffset now) => change
        .Step(
            "attempt.declined",
            payment => payment.With(attempt.Finish(AttemptState.Declined, now) with { ExternalId = externalId, DeclineCode = AuthenticationRequired, DeclineKind = DeclineKind.Soft }),
            With(Naming(attempt), "decline_code", AuthenticationRequired))
        .RequireAuthentication(by: "issuer", now);

    /// <summary>The acquirer certainly did nothing: another may be asked.</summary>
    public static PaymentChange NotProcessed(this PaymentChange change, Attempt attempt, DateTimeOffset now) =>
        change.Step("attempt.not_processed", payment => payment.With(attempt.Finish(AttemptState.NotProcessed, now)), Naming(attempt));

    /// <summary>A round of calls ended without an answer. History tells of the first; the others only count.</summary>
    public static PaymentChange Unanswered(this PaymentChange change, Attempt attempt)
    {
        var unknown = attempt with { State = AttemptState.Unknown, Tries = attempt.Tries + 1 };
        return attempt.State == AttemptState.Unknown
            ? change.Quietly(payment => payment.With(unknown))
            : change.Step("attempt.unknown", payment => payment.With(unknown), Naming(attempt));
    }

    /// <summary>A payment of which nothing is known but its request.</summary>
    internal static Payment New(KeyRow key, PaymentRequest request) => new()
    {
        Id = key.PaymentId,
        MerchantId = key.Name.MerchantId,
        Mode = key.Name.Mode,
        Amount = request.Amount,
        CaptureAutomatically = request.CaptureAutomatically,
        Reference = request.Reference,
        Metadata = request.Metadata,
        Method = request.Method,
        IdempotencyKey = key.Name.Key,
        CreatedAt = key.CreatedAt,
    };

    internal static Operation Authorize(Payment payment, Id operationId, string idempotencyKey, DateTimeOffset now) =>
        payment.NewOperation(OperationKind.Authorize, operationId, payment.Amount.MinorUnits, idempotencyKey, now);

    internal static JsonObject Naming(Money amount) => new() { ["amount"] = amount.MinorUnits, ["currency"] = amount.Currency.Code };

    internal static JsonObject Naming(Attempt attempt) => new() { ["acquirer"] = attempt.Acquirer, ["reference"] = attempt.Reference };

    internal static JsonObject With(JsonObject metadata, string name, string? value)
    {
        metadata[name] = value;
        return metadata;
    }
}
