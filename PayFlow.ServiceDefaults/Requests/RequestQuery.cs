using System.Globalization;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Requests;

/// <summary>
/// Reads the parameters of a list or a search, with every wrong one reported at once and unknown ones refused: a filter that is silently
/// ignored shows a merchant other payments than were asked for.
/// </summary>
public sealed class RequestQuery
{
    private readonly IQueryCollection _query;
    private readonly List<FieldError> _errors = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private RequestQuery(IQueryCollection query) => _query = query;

    /// <summary>Reads the query of a request.</summary>
    /// <param name="read">Takes what it needs. It also runs when parameters are wrong, with default values in their place.</param>
    public static Result<T> Read<T>(HttpRequest request, Func<RequestQuery, T> read)
    {
        ArgumentNullException.ThrowIfNull(request);
        var query = new RequestQuery(request.Query);
        var value = read(query);
        foreach (var name in request.Query.Keys.Where(name => !query._known.Contains(name)))
        {
            query.Error(name, "unknown_parameter", $"{name} is not a parameter of this request.");
        }

        return query._errors.Count == 0 ? value : Refusal.Invalid(query._errors);
    }

    /// <summary>How many items a page has: 1 to 100.</summary>
    public int Limit(int otherwise = 20) => OptionalInt32("limit", 1, 100) ?? otherwise;

    public string? OptionalText(string name, int max = 255)
    {
        _known.Add(name);
        if (!_query.TryGetValue(name, out var values))
        {
            return null;
        }

        if (values is not [{ Length: > 0 } text] || text.Length > max || text.Any(char.IsControl))
        {
            Error(name, "invalid_text", $"{name} must be given once, with 1 to {max} characters.");
            return null;
        }

        return text;
    }

    public int? OptionalInt32(string name, int min, int max) => Parsed(
        name,
        text => (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max, value),
        "out_of_range",
        $"a whole number from {min} to {max}");

    public bool? OptionalBoolean(string name) => Parsed(name, text => (text is "true" or "false", text == "true"), "wrong_type", "true or false");

    public Id? OptionalId(string name, string prefix) =>
        Parsed(name, text => (Id.TryParse(prefix, text, out var id), id), "invalid_id", $"an id that begins with {prefix}_");

    public DateTimeOffset? OptionalTime(string name) =>
        Parsed(name, text => (RequestText.TryParseTime(text, out var time), time), "invalid_time", RequestText.TimeExpected);

    public DateOnly? OptionalDate(string name) =>
        Parsed(name, text => (RequestText.TryParseDate(text, out var date), date), "invalid_date", RequestText.DateExpected);

    /// <summary>One of a few words.</summary>
    public string? OptionalChoice(string name, params IReadOnlyCollection<string> choices)
    {
        if (OptionalText(name) is not { } text || choices.Contains(text))
        {
            return OptionalText(name);
        }

        Error(name, "unknown_value", $"{name} must be one of: {string.Join(", ", choices)}.");
        return null;
    }

    /// <summary>Adds an error of the caller's own about a parameter.</summary>
    public void Error(string name, string code, string message) => _errors.Add(new FieldError(name, code, message));

    private T? Parsed<T>(string name, Func<string, (bool Ok, T Value)> parse, string code, string expected) where T : struct
    {
        if (OptionalText(name) is not { } text)
        {
            return null;
        }

        if (parse(text) is (true, var value))
        {
            return value;
        }

        Error(name, code, $"{name} must be {expected}.");
        return null;
    }
}
