using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Cards;
using PayFlow.Sandbox.Chaos;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Authorizations;

/// <summary>A request to hold an amount on a card.</summary>
/// <param name="Authenticated">The payer went through 3-D Secure.</param>
public sealed record AuthorizeRequest(string Reference, string Merchant, long Amount, Currency Currency, Card Card, bool Authenticated);

/// <summary><c>POST /acquirers/{acquirer}/authorizations</c>. The same reference again gets the same answer; after a reversal, a decline.</summary>
public static class Authorize
{
    public static async Task<IResult> HandleAsync(
        Acquirer acquirer, HttpRequest request, AuthorizationBook book, ChaosSwitches chaos, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, Read, cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var mine = Decide(acquirer, asked, time.GetUtcNow());
        var written = await book.WriteAsync(mine, cancel);
        if (!written.IsSameRequest(mine))
        {
            return Problem.From(ReferenceReused.Refusal(asked.Reference));
        }

        var first = written.ExternalId == mine.ExternalId;
        return first && written.Refused is null && AmountSwitches.Of(written.Amount, chaos.Of(acquirer).Amounts) == AmountSwitch.LostReply
            ? ClosedConnection.Result
            : Results.Ok(AuthorizationAnswer.To(written));
    }

    private static AuthorizeRequest Read(BodyReader body) => new(
        body.String("reference", max: 64),
        body.String("merchant", max: 64),
        body.Int64("amount", 1, Money.MaxMinorUnits),
        body.Currency("currency"),
        ReadCard(body.Object("card")),
        body.OptionalBoolean("authenticated") ?? false);

    private static Card ReadCard(BodyReader card)
    {
        var number = card.String("number", max: 19, min: 12);
        if (number.Length > 0 && number.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            card.Error("number", "invalid", "A card number has digits only.");
        }

        // The code is looked at and forgotten: it may not be kept once the authorization is done (PCI DSS 3.3.1).
        _ = card.OptionalString("cvc", max: 4, min: 3);
        return new Card(number, card.Int32("exp_month", 1, 12), card.Int32("exp_year", 2000, 2199));
    }

    private static Authorization Decide(Acquirer acquirer, AuthorizeRequest asked, DateTimeOffset now) => new(
        acquirer.Code,
        asked.Reference,
        acquirer.NewAuthorizationId(now),
        asked.Merchant,
        asked.Amount,
        asked.Currency.Code,
        asked.Card.Masked,
        Issuer.Decide(asked.Card, asked.Authenticated, now),
        Captured: 0,
        Closed: false,
        ReversedAt: null,
        now);
}
