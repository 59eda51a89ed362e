using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Ledger.Rest;

/// <summary>The header <c>Idempotency-Key</c>, which every request that moves money has.</summary>
internal static class IdempotencyKeys
{
    private const string Header = "Idempotency-Key";
    private const string Replayed = "Idempotent-Replayed";
    private const int MaxLength = 255;

    /// <summary>Reads the key together with the body, so that its error is told with all the others.</summary>
    public static string Read(HttpRequest request, BodyReader body)
    {
        if (request.Headers[Header] is [{ } key])
        {
            if (key.Length is 0 or > MaxLength || key.AsSpan().ContainsAnyExceptInRange(' ', '~') || key != key.Trim())
            {
                body.Error(Header, "invalid_key", $"An idempotency key has 1 to {MaxLength} printable ASCII characters and no space at its ends.");
            }

            return key;
        }

        body.Error(Header, "required", $"{Header} is required, once: a key of your own making, the same on every retry of this request.");
        return "";
    }

    /// <summary>Says that the answer is one that was given before.</summary>
    public static void MarkReplayed(HttpContext http) => http.Response.Headers[Replayed] = "true";
}
