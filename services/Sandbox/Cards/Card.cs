namespace PayFlow.Sandbox.Cards;

/// <summary>A card as an authorization names it. It prints masked, so that no log and no message can show the number.</summary>
/// <param name="Number">12 to 19 digits.</param>
/// <param name="ExpiryMonth">1 to 12.</param>
/// <param name="ExpiryYear">Four digits.</param>
public sealed record Card(string Number, int ExpiryMonth, int ExpiryYear)
{
    /// <summary>First six and last four digits, as PCI DSS 3.4 lets a number be shown.</summary>
    public string Masked => Number.Length < 12 ? "" : $"{Number[..6]}{new string('*', Number.Length - 10)}{Number[^4..]}";

    /// <summary>A card is good until the end of the month that it names.</summary>
    public bool IsExpired(DateTimeOffset now) => (ExpiryYear, ExpiryMonth).CompareTo((now.Year, now.Month)) < 0;

    /// <summary>The check digit of ISO/IEC 7812-1, annex B (Luhn).</summary>
    public bool HasValidCheckDigit()
    {
        var sum = 0;
        for (var i = 0; i < Number.Length; i++)
        {
            var digit = Number[^(i + 1)] - '0';
            var weighted = i % 2 == 0 ? digit : digit * 2;
            sum += weighted > 9 ? weighted - 9 : weighted;
        }

        return sum % 10 == 0;
    }

    public override string ToString() => Masked;
}
