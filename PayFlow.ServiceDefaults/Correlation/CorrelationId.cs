using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace PayFlow.ServiceDefaults.Correlation;

/// <summary>
/// One id for everything that one request causes, in every service: in answers (header and <c>request_id</c>), logs, spans and calls to others.
/// </summary>
public static class CorrelationId
{
    public const string Header = "X-Correlation-Id";

    /// <summary>The key of the span tag, the baggage item and the log scope.</summary>
    public const string Tag = "correlation_id";

    private const int MaxLength = 64;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private static readonly AsyncLocal<string?> Flowing = new();

    /// <summary>The id of what is being worked on; null outside of any request.</summary>
    public static string? Current => Flowing.Value;

    /// <summary>A client's id is kept when it is harmless: up to 64 of <c>A-Z a-z 0-9 _ -</c>.</summary>
    public static bool IsSane(string? id) =>
        id is { Length: > 0 and <= MaxLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>A new id, 80 random bits.</summary>
    public static string New() => "req_" + RandomNumberGenerator.GetString(Alphabet, 16);

    /// <summary>Works under this id until the returned scope ends. For consumers; requests do it by themselves.</summary>
    public static IDisposable Use(string id)
    {
        var outer = Flowing.Value;
        Flowing.Value = id;
        Activity.Current?.SetTag(Tag, id).SetBaggage(Tag, id);
        return new Scope(outer);
    }

    /// <summary>The id of a request.</summary>
    internal static string Of(HttpContext context) => context.Features.Get<Feature>()?.Id ?? context.TraceIdentifier;

    internal static void Echo(HttpContext context) => context.Response.Headers[Header] = Of(context);

    internal static void Set(HttpContext context, string id) => context.Features.Set(new Feature(id));

    private sealed record Feature(string Id);

    private sealed class Scope(string? outer) : IDisposable
    {
        public void Dispose() => Flowing.Value = outer;
    }
}
