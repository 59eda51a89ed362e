using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Cards;

/// <summary>A card in a JSON request: <c>{number, exp_month, exp_year, cvc?}</c>.</summary>
internal static class CardBody
{
    public static Card Read(BodyReader card)
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
}
