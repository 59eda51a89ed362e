using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>The steps of a 3-D Secure authentication, between the risk check and the acquirer. Pure.</summary>
public static class Authenticating
{
    public const string Failed = "authentication_failed";
    public const string TimedOut = "authentication_timed_out";
    public const string Unavailable = "authentication_unavailable";

    /// <param name="by">Who wants it: risk, merchant or issuer.</param>
    public static PaymentChange RequireAuthentication(this PaymentChange change, string by, DateTimeOffset now) => change.Step(
        "authentication.required",
        payment => payment with { Authentication = new Authentication { Reference = $"3ds:{payment.Id}", State = AuthenticationState.Required, CreatedAt = now } },
        new JsonObject { ["by"] = by });

    /// <summary>The issuer wants to see the payer.</summary>
    public static PaymentChange Challenge(this PaymentChange change, Uri page, DateTimeOffset expiresAt)
    {
        change.Step(
            "authentication.challenged",
            payment => payment with
            {
                Authentication = payment.Authentication! with { State = AuthenticationState.Challenged, ChallengeUrl = page.AbsoluteUri, ExpiresAt = expiresAt },
            });
        var next = NextActionView.Of(change.After.Authentication!);
        return change.Publish("payment.requires_action", message => message.RequiresAction = new PaymentRequiresAction
        {
            OperationId = change.After.Authorization!.Id.ToString(),
            Type = next.Type,
            Url = next.Url,
            ExpiresAt = next.ExpiresAt.ToTimestamp(),
        });
    }

    /// <summary>The payer's browser came back, whatever was answered there.</summary>
    public static PaymentChange PayerReturned(this PaymentChange change) => change.Step("authentication.returned", payment => payment.With(AuthenticationState.Returned));

    /// <summary>The issuer knows of no answer yet.</summary>
    public static PaymentChange StillChallenged(this PaymentChange change) => change.Quietly(payment => payment.With(AuthenticationState.Challenged));

    public static PaymentChange Authenticated(this PaymentChange change, string value) => change.Step(
        "authentication.succeeded",
        payment => payment with { Authentication = payment.Authentication! with { State = AuthenticationState.Succeeded, Value = value } });

    private static Payment With(this Payment payment, AuthenticationState state) => payment with { Authentication = payment.Authentication! with { State = state } };
}
