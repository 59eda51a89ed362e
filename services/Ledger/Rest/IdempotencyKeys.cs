using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Ledger.Rest;

/// <summary>The header <c>Idempotency-Key</c>, which every request that moves money has.</summary>
internal static class IdempotencyKeys
{
    private const string Header = IdempotencyKeyRule.Header;
    private const string Replayed = "Idempotent-Replayed";

    /// <summary>Reads the key together with the body, so that its error is told with all the others.</summary>
    public static string Read(HttpRequest request, BodyReader body)
    {
        if (request.Headers[Header] is [{ } key])
        {
            IdempotencyKeyRule.Check(key, Header, body);
            return key;
        }

        body.Error(Header, "required", $"{Header} is required, once: a key of your own making, the same on every retry of this request.");
        return "";
    }

    /// <summary>Says that the answer is one that was given before.</summary>
    public static void MarkReplayed(HttpContext http) => http.Response.Headers[Replayed] = "true";
}
