using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Previews;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Payments;

/// <summary>What a request for an action makes of a payment that allows it, with the row as its key; or why nothing.</summary>
public delegate Result<PaymentChange> DecideAction<in T>(Payment payment, T asked, KeyRow row, DateTimeOffset now);

/// <summary>
/// What all requests for an action on a payment have in common: a body with its idempotency key, a payment of the merchant's own, and the table of actions.
/// </summary>
public sealed class ActionRequests(KnownRequests requests, PaymentStore store, PreviewChange preview, TimeProvider time)
{
    public async Task<IResult> HandleAsync<T>(
        PaymentAction action, Caller caller, string id, HttpRequest request, Func<BodyReader, T> readBody, DecideAction<T> decide, CancellationToken ct)
    {
        if (!PreviewChange.IsAsked(request).TryGet(out var onlyPreviews, out var invalid))
        {
            return Problem.From(invalid);
        }

        var read = await RequestBody.ReadOptionalAsync(
            request, body => (Key: IdempotencyKey.Read(request, body, onlyPreviews), Asked: readBody(body)), ct);
        if (!read.TryGet(out var body, out invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.Payment, id, out var payment) || payment.Slot != caller.Slot)
        {
            return Problem.From(Refusal.NotFound("payment", id));
        }

        var row = KeyRow.ForOperation(KindOf(action), new KeyName(caller.MerchantId, caller.Mode, body.Key), payment, body.Asked, time.GetUtcNow());
        return onlyPreviews
            ? await PreviewAsync(payment, (found, now) => Decide(action, found, body.Asked, row, decide, now), caller, ct)
            : await requests.CarryOutAsync(row, (found, now) => Decide(action, found, body.Asked, row, decide, now), ct);
    }

    private async Task<IResult> PreviewAsync(Id payment, Func<Payment, DateTimeOffset, Result<PaymentChange>> decide, Caller caller, CancellationToken ct)
    {
        if (await store.FindAsync(payment, ct) is not { } found || !found.IsOf(caller))
        {
            return Problem.From(Refusal.NotFound("payment", payment.ToString()));
        }

        return !decide(found, time.GetUtcNow()).TryGet(out var change, out var refusal)
            ? refusal.Kind == RefusalKind.Conflict ? Results.Ok(PreviewChange.Refused(refusal)) : Problem.From(refusal)
            : Results.Ok(await preview.HandleAsync(change, ct));
    }

    /// <summary>The table of actions first, then what the action itself asks for.</summary>
    internal static Result<PaymentChange> Decide<T>(PaymentAction action, Payment payment, T asked, KeyRow row, DecideAction<T> decide, DateTimeOffset now)
    {
        if (!payment.IsOf(row.Name))
        {
            return Refusal.NotFound("payment", payment.Id.ToString());
        }

        var answer = PaymentActions.Check(action, payment, now);
        return answer.Allowed ? decide(payment, asked, row, now) : PaymentConstraints.Illegal(answer.Reason!);
    }

    private static KeyKind KindOf(PaymentAction action) => action switch
    {
        PaymentAction.Confirm => KeyKind.Confirm,
        PaymentAction.Capture => KeyKind.Capture,
        PaymentAction.Void => KeyKind.Void,
        PaymentAction.Refund => KeyKind.Refund,
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };
}
