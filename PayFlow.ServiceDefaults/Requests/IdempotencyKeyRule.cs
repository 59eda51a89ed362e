namespace PayFlow.ServiceDefaults.Requests;

/// <summary>What an idempotency key may be, wherever it is given.</summary>
public static class IdempotencyKeyRule
{
    /// <summary>The header that it comes in.</summary>
    public const string Header = "Idempotency-Key";

    public const int MaxLength = 255;

    /// <summary>Adds an error when a key is none.</summary>
    /// <param name="at">Where it was given.</param>
    public static void Check(string key, string at, BodyReader body)
    {
        if (key.Length is 0 or > MaxLength || key.AsSpan().ContainsAnyExceptInRange(' ', '~') || key != key.Trim())
            body.Error(at, "invalid_key", $"An idempotency key has 1 to {MaxLength} printable ASCII characters and no space at its ends.");
    }
}
