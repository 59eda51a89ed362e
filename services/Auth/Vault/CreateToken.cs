using System.ComponentModel;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Vault;

/// <summary>A token as the API shows it. Nothing else ever sees the number.</summary>
public sealed record TokenView(Id Id, string Object, string Type, TokenCardView Card, DateTimeOffset CreatedAt)
{
    public static TokenView Of(CardView card, CardNumber number, DateTimeOffset createdAt) => new(
        card.TokenId,
        "token",
        "card",
        new TokenCardView(card.Brand, card.Last4, card.ExpMonth, card.ExpYear, number.Masked, card.Fingerprint, card.Country),
        createdAt);
}

/// <summary>What may be shown of a card.</summary>
public sealed record TokenCardView(
    string Brand,
    string Last4,
    int ExpMonth,
    int ExpYear,
    string Masked,
    [property: Description("The same for the same card, however often it is tokenized.")] string Fingerprint,
    [property: Description("ISO 3166-1 alpha-2 of the issuer, when it is known.")] string? Country);

/// <summary>The body of the request; for the API's document only, since card data is never bound to a record that could print itself.</summary>
public sealed record CreateTokenRequest(string Type, CreateTokenCard Card);

/// <summary>Card data on its way in.</summary>
public sealed record CreateTokenCard(string Number, int ExpMonth, int ExpYear, string? Cvc);

/// <summary><c>POST /v1/tokens</c>: card data in, token out.</summary>
public sealed class CreateToken(CardVault vault, Envelope envelope, SimpleRequests requests, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Caller caller, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(request, body => (Key: IdempotencyKey.ReadOptional(request, body), Card: Read(body)), ct);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var card = asked.Card!;
        var now = time.GetUtcNow();
        var token = Id.New(IdPrefix.Token, caller.Slot, now);
        var once = new SimpleRequest(caller.MerchantId, caller.Mode, asked.Key, FingerprintOf(card), KeyKind.CreateToken, token);
        return await requests.CarryOutAsync(
            once,
            async (transaction, cancel) =>
            {
                var stored = vault.Seal(token, caller.Mode, card);
                await vault.WriteAsync(transaction, caller.MerchantId, caller.Mode, stored, now, cancel);
                return new SimpleAnswer(StatusCodes.Status201Created, TokenView.Of(stored.Card, card.Number, now));
            },
            ct);
    }

    // Without the security code: this is kept for good, and the code must not be, in whatever form.
    private byte[] FingerprintOf(NewCard card) => envelope.Fingerprint(KeyKind.CreateToken, $"{card.Number.Digits}\n{card.ExpMonth}\n{card.ExpYear}");

    // Null only when the body is refused anyway.
    private NewCard? Read(BodyReader body)
    {
        if (body.String("type") is { Length: > 0 } type && type != "card")
        {
            body.Error("type", "unknown_value", "type must be: card.");
        }

        var card = body.Object("card");
        var digits = card.String("number", max: 32);
        var month = card.Int32("exp_month", 1, 12);
        var year = card.Int32("exp_year", 2000, 2199);
        var cvc = card.OptionalString("cvc", max: 4, min: 3);
        if (cvc is not null && cvc.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            card.Error("cvc", "invalid_cvc", "card.cvc must be three or four digits.");
        }

        if (month > 0 && year > 0 && IsOver(month, year))
        {
            card.Error("exp_year", "expired_card", "The card has expired.");
        }

        if (CardNumber.TryParse(digits, out var number))
        {
            return new NewCard(number, month, year, cvc);
        }

        if (digits.Length > 0)
        {
            // The message doesn't repeat what was sent: it might be a number with a typing error.
            card.Error("number", "invalid_card_number", "card.number is not a card number: 12 to 19 digits whose check digit is right.");
        }

        return null;
    }

    // A card is good until the end of the month that it names.
    private bool IsOver(int month, int year)
    {
        var now = time.GetUtcNow();
        return (year, month).CompareTo((now.Year, now.Month)) < 0;
    }
}
