using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Idempotency;

/// <summary>The key that a client makes before its first try, in the header <c>Idempotency-Key</c> or in the body as <c>idempotency_key</c>.</summary>
public static class IdempotencyKey
{
    public const string Header = IdempotencyKeyRule.Header;
    public const string Field = "idempotency_key";

    /// <summary>Reads the key of a request that moves money together with the body, so that its error is told with all the others.</summary>
    public static string Read(HttpRequest request, BodyReader body)
    {
        var key = ReadOptional(request, body);
        if (key is null && !body.Has(Field))
        {
            body.Error(Header, "required", $"{Header} is required: a key of your own making, the same on every retry of this request.");
        }

        return key ?? "";
    }

    /// <summary>The same of a request that may only ask what it would do, and then needs no key: empty without one.</summary>
    public static string Read(HttpRequest request, BodyReader body, bool onlyPreviews) => onlyPreviews ? ReadOptional(request, body) ?? "" : Read(request, body);

    /// <summary>Reads the key of a request that moves no money: null without one. Given, it is held to the same rules.</summary>
    public static string? ReadOptional(HttpRequest request, BodyReader body)
    {
        var inBody = body.OptionalString(Field, IdempotencyKeyRule.MaxLength);
        var inHeader = request.Headers[Header];
        if (inHeader.Count > 1)
        {
            body.Error(Header, "wrong_length", $"{Header} must be given once.");
            return "";
        }

        var key = inHeader.Count == 1 ? inHeader[0]! : inBody;
        if (key is null)
        {
            return null;
        }

        if (inHeader.Count == 1 && inBody is not null && inBody != key)
        {
            body.Error(Field, "contradiction", $"{Field} is not the same as the header {Header}: send one of them.");
        }

        IdempotencyKeyRule.Check(key, inHeader.Count == 1 ? Header : Field, body);
        return key;
    }
}
