using System.Text.Json;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Json;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Auth.Payments;

/// <summary>
/// The answers that are kept for idempotency keys. A success is kept as its body. A refusal by an acquirer is kept as what was refused and said as a problem when
/// it is answered, because a problem carries the id of its own request.
/// </summary>
public static class Answers
{
    /// <summary>The answer that a change makes true: the request behind a key is carried out when no operation under it is pending.</summary>
    public static KeyAnswer? Of(PaymentChange change, DateTimeOffset now)
    {
        var payment = change.After;
        if (change.Before is null && payment.Status == PaymentStatus.Draft)
        {
            return new KeyAnswer(new KeyName(payment.MerchantId, payment.Mode, payment.IdempotencyKey), StatusCodes.Status201Created, PaymentView.Of(payment, now).ToJson());
        }

        if (payment.Status == PaymentStatus.RequiresAction)
        {
            // The client's part of it is done: what comes of the challenge is read from the payment.
            return change.Before?.Authentication is { IsPayersTurn: true } ? null : Decision(payment, now);
        }

        var finished = change.Operations.LastOrDefault(operation => operation.State != OperationState.Pending);
        if (finished is null or { IdempotencyKey: Operation.AskedByNobody } || payment.Operations.Any(operation => operation.State == OperationState.Pending && operation.IdempotencyKey == finished.IdempotencyKey))
        {
            return null;
        }

        if (finished.IdempotencyKey == payment.Authorization!.IdempotencyKey)
        {
            return payment.Authentication?.ChallengeUrl is null ? Decision(payment, now) : null;   // answered with the challenge
        }

        var name = new KeyName(payment.MerchantId, payment.Mode, finished.IdempotencyKey);
        return finished.State == OperationState.Succeeded
            ? new KeyAnswer(name, StatusCodes.Status200OK, PaymentView.Of(payment, now).ToJson())
            : new KeyAnswer(name, StatusCodes.Status409Conflict, JsonSerializer.Serialize(RefusedByAcquirer.Of(payment, finished, now), ApiJson.Options));
    }

    /// <summary>
    /// The answer to whoever submitted the payment. A decline is a payment with that status, and so is an authorization whose automatic capture was refused.
    /// </summary>
    private static KeyAnswer Decision(Payment payment, DateTimeOffset now)
    {
        var key = payment.Authorization!.IdempotencyKey;
        var status = key == payment.IdempotencyKey ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        return new KeyAnswer(new KeyName(payment.MerchantId, payment.Mode, key), status, PaymentView.Of(payment, now).ToJson());
    }

    /// <summary>Says a kept answer.</summary>
    /// <param name="replayed">It was said before, or to somebody else.</param>
    public static IResult Say(KeyAnswer answer, bool replayed) => new KeptAnswer(answer, replayed);

    /// <summary>What a kept answer says, for whoever asks what became of a key. The members of a problem that are of its own request are left out.</summary>
    public static JsonElement Body(KeyAnswer answer)
    {
        if (answer.Status < 400)
        {
            return JsonElement.Parse(answer.Body);
        }

        var refused = JsonSerializer.Deserialize<RefusedByAcquirer>(answer.Body, ApiJson.Options)!;
        return JsonSerializer.SerializeToElement(new { Code = RefusedByAcquirer.Code, Detail = refused.Message, DeclineCode = refused.Reason, refused.AllowedActions }, ApiJson.Options);
    }

    private sealed record RefusedByAcquirer(string Message, string Reason, IReadOnlyList<ActionView> AllowedActions)
    {
        public const string Code = "acquirer_refused";

        public static RefusedByAcquirer Of(Payment payment, Operation operation, DateTimeOffset now) => new(
            $"Cannot {Names.Of(operation.Kind)}: {payment.Acquirer} refused it ({operation.DeclineCode}).", operation.DeclineCode!, PaymentView.Actions(payment, now));
    }

    private sealed class KeptAnswer(KeyAnswer answer, bool replayed) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            if (replayed)
            {
                httpContext.Response.Headers["Idempotent-Replayed"] = "true";
            }

            if (answer.Status < 400)
            {
                await Results.Text(answer.Body, "application/json", statusCode: answer.Status).ExecuteAsync(httpContext);
                return;
            }

            var refused = JsonSerializer.Deserialize<RefusedByAcquirer>(answer.Body, ApiJson.Options)!;
            await Problem.From(
                new Refusal(RefusalKind.Conflict, RefusedByAcquirer.Code, refused.Message),
                new Dictionary<string, object?> { ["decline_code"] = refused.Reason, ["allowed_actions"] = refused.AllowedActions }).ExecuteAsync(httpContext);
        }
    }
}
