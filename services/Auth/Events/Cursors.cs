using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Events;

/// <summary>How requests say where in a feed they are, and what they want of it.</summary>
internal static class Cursors
{
    /// <summary>The number that a parameter's event has in the feed; null when it is left out.</summary>
    public static long? Read(RequestQuery query, string name, Feed feed) => query.OptionalText(name) is { } text ? Read(text, feed, query, name) : null;

    /// <inheritdoc cref="Read(RequestQuery, string, Feed)"/>
    public static long? Read(string text, Feed feed, RequestQuery query, string name)
    {
        if (EventId.TryRead(feed, text, out var number))
        {
            return number;
        }

        query.Error(name, "invalid_id", $"{name} must be the id of an event (evt_…) of this merchant and mode.");
        return null;
    }

    /// <summary>The parameter <c>types</c>; null when it is left out.</summary>
    public static IReadOnlyList<string>? Types(RequestQuery query)
    {
        if (query.OptionalText("types", max: 1000) is not { } text)
        {
            return null;
        }

        var types = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (types.Length == 0 || types.FirstOrDefault(type => !EventTypes.All.Contains(type)) is not null)
        {
            query.Error("types", "unknown_value", $"types must be some of these, separated by commas: {string.Join(", ", EventTypes.All)}.");
        }

        return types;
    }

    /// <summary>The answer to a cursor behind which events were forgotten already: reading on would skip them without a word.</summary>
    public static IResult TooOld() => Problem.Of(
        StatusCodes.Status410Gone,
        "cursor_too_old",
        "Events that follow this one are no longer kept. Read payments from /v1/payments to catch up, and then the feed without a cursor: it begins with the oldest event that is kept.");
}
