using System.Collections.Immutable;
using System.ComponentModel;
using System.Net;
using PayFlow.Auth.Events;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Webhooks;

/// <summary>The body of <c>POST /v1/webhook-endpoints</c>, and, with everything optional, of <c>PATCH /v1/webhook-endpoints/{id}</c>.</summary>
public sealed record EndpointRequest(
    [property: Description("An absolute https address, reachable from the internet.")] Uri? Url,
    [property: Description("The types of events that it gets; left out or empty: all.")] IReadOnlyList<string>? Types,
    string? Description,
    [property: Description("Whether events are delivered to it; true unless told otherwise.")] bool? Enabled)
{
    private const int MaxUrl = 2048;

    internal static EndpointRequest Read(BodyReader body, bool allowHttp, bool mustHaveUrl) => new(
        ReadUrl(body, allowHttp, mustHaveUrl),
        ReadTypes(body),
        body.OptionalString("description", min: 0),
        body.OptionalBoolean("enabled"));

    internal ImmutableArray<string>? DistinctTypes => Types is null ? null : [.. Types.Distinct().Order(StringComparer.Ordinal)];

    private static Uri? ReadUrl(BodyReader body, bool allowHttp, bool mustHaveUrl)
    {
        var text = mustHaveUrl ? body.String("url", MaxUrl) : body.OptionalString("url", MaxUrl);
        if (text is null or "")
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && !(allowHttp && url.Scheme == Uri.UriSchemeHttp))
            || url.UserInfo.Length > 0 || url.Fragment.Length > 0 || url.Host.Length == 0)
        {
            body.Error("url", "invalid_url", $"url must be an absolute {(allowHttp ? "http or https" : "https")} address without user, password and fragment.");
            return null;
        }

        return url;
    }

    private static IReadOnlyList<string>? ReadTypes(BodyReader body)
    {
        var types = body.OptionalStrings("types", max: 100);
        if (types?.FirstOrDefault(type => !EventTypes.All.Contains(type)) is { } unknown)
        {
            body.Error("types", "unknown_value", $"types has {unknown}, which is not one of: {string.Join(", ", EventTypes.All)}.");
        }

        return types;
    }

    /// <summary>Whether the address may be called; asked before it is stored, so that the merchant is told.</summary>
    internal static async Task<Refusal?> CheckAsync(Uri url, AddressGuard guard, CancellationToken ct)
    {
        try
        {
            await guard.ResolveAsync(url.IdnHost, ct);
            return null;
        }
        catch (AddressRefusedException refused)
        {
            return Refusal.Invalid([new FieldError("url", "address_not_allowed", $"url can't be used: {refused.Message}")]);
        }
    }
}
