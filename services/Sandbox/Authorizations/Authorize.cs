using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.BankAccounts;
using PayFlow.Sandbox.Cards;
using PayFlow.Sandbox.Chaos;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Authorizations;

/// <summary>A request to hold an amount on a card, or to be ready to debit it from a bank account: one of the two, as the acquirer takes.</summary>
/// <param name="Authenticated">The payer went through 3-D Secure.</param>
public sealed record AuthorizeRequest(string Reference, string Merchant, long Amount, Currency Currency, Card? Card, BankAccount? Account, bool Authenticated)
{
    public string Masked => Card?.Masked ?? Account!.Masked;
}

/// <summary><c>POST /acquirers/{acquirer}/authorizations</c>. The same reference again gets the same answer; after a reversal, a decline.</summary>
public static class Authorize
{
    public static async Task<IResult> HandleAsync(
        Acquirer acquirer, HttpRequest request, AuthorizationBook book, ChaosSwitches chaos, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, body => Read(acquirer, body), cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var settings = chaos.Of(acquirer);
        var mine = Decide(acquirer, asked, settings.NetworkAway, time.GetUtcNow());
        var written = await book.WriteAsync(mine, cancel);
        if (!written.IsSameRequest(mine))
        {
            return Problem.From(ReferenceReused.Refusal(asked.Reference));
        }

        var answer = AuthorizationAnswer.To(written);
        if (written.Refused is not null)
        {
            return Results.Ok(answer);
        }

        var first = written.ExternalId == mine.ExternalId;
        return first && AmountSwitches.Of(written.Amount, settings.Amounts) == AmountSwitch.LostReply
            ? ClosedConnection.Result
            : Results.Ok(answer with { ExternalId = chaos.MistakenId(acquirer) ?? answer.ExternalId });
    }

    private static AuthorizeRequest Read(Acquirer acquirer, BodyReader body) => new(
        body.String("reference", max: 64),
        body.String("merchant", max: 64),
        body.Int64("amount", 1, Money.MaxMinorUnits),
        acquirer.Takes == Payer.Card ? body.Currency("currency") : Dollars(body),
        acquirer.Takes == Payer.Card ? CardBody.Read(body.Object("card")) : null,
        acquirer.Takes == Payer.BankAccount ? BankAccountBody.Read(body.Object("bank_account")) : null,
        body.OptionalBoolean("authenticated") ?? false);

    // Entries of the ACH network have no other currency.
    private static Currency Dollars(BodyReader body)
    {
        var currency = body.Currency("currency");
        if (currency != Currency.Usd)
        {
            body.Error("currency", "currency_not_taken", "Bank accounts are debited in USD only.");
        }

        return currency;
    }

    private static Authorization Decide(Acquirer acquirer, AuthorizeRequest asked, bool networkAway, DateTimeOffset now) => new(
        acquirer.Code,
        asked.Reference,
        acquirer.NewAuthorizationId(now),
        asked.Merchant,
        asked.Amount,
        asked.Currency.Code,
        asked.Masked,
        networkAway ? Decline.IssuerUnavailable
        : asked.Account is { } account ? PayersBank.Decide(account)
        : Issuer.Decide(asked.Card!, asked.Authenticated, now),
        Captured: 0,
        Closed: false,
        ReversedAt: null,
        now)
    {
        ReturnsWith = asked.Account is { } payer ? PayersBank.ReturnsWith(payer) : null,
    };
}
