using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Execution;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Auth.ThreeDSecure;

/// <summary>
/// <c>GET /3ds/{payment}</c>: the payer's browser comes back from the issuer. It only makes us fetch the issuer's word sooner, so it needs no key; the browser goes on to
/// the shop.
/// </summary>
public sealed partial class PayerReturn(
    PaymentExecutor executor, PaymentStore store, Shards shards, IOptions<ExecutorOptions> options, TimeProvider time, ILogger<PayerReturn> logger)
{
    public async Task<IResult> HandleAsync(string id, CancellationToken ct)
    {
        if (!Id.TryParse(IdPrefix.Payment, id, out var payment) || await store.FindAsync(payment, ct) is not { Authentication: not null } found)
        {
            return Problem.From(Refusal.NotFound("payment", id));
        }

        if (found.Status == PaymentStatus.RequiresAction)
        {
            await GoOnAsync(payment, ct);
            found = await store.FindAsync(payment, ct) ?? found;
        }

        var request = await KeySql.FindByPaymentAsync(shards, payment, ct);
        return request is not null && PaymentRequest.Of(request).ReturnUrl is { } shop
            ? Results.Redirect(QueryHelpers.AddQueryString(shop.AbsoluteUri, new Dictionary<string, string?> { ["payment"] = id, ["status"] = found.Status.Name() }))
            : Results.Content($"<!DOCTYPE html><title>Thank you</title><p>Thank you. The payment is {WebUtility.HtmlEncode(found.Status.Name().Replace('_', ' '))}. You can close this page.", "text/html; charset=utf-8");
    }

    private async Task GoOnAsync(Id payment, CancellationToken ct)
    {
        try
        {
            await executor.Submit(payment, PaymentCommand.Tell(Decide)).End.WaitAsync(options.Value.ClientWait, time, ct);
        }
        catch (TimeoutException)
        {
            LogRunsOn(payment);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Payment} runs on without its payer's browser, which has waited long enough")]
    private partial void LogRunsOn(Id payment);

    private static Result<PaymentChange> Decide(Payment payment, DateTimeOffset now) => payment.Authentication is { State: AuthenticationState.Challenged }
        ? PaymentChange.Of(payment, now).PayerReturned()
        : PaymentConstraints.Illegal("There is no challenge to come back from.");
}
