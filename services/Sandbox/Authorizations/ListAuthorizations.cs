using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Authorizations;

/// <summary>Which part of an acquirer's journal is asked for.</summary>
/// <param name="From">UTC, inclusive.</param>
/// <param name="Until">UTC, exclusive.</param>
/// <param name="After">The external id of the last entry of the page before.</param>
public sealed record JournalRequest(DateTimeOffset From, DateTimeOffset Until, string? After, int Limit)
{
    public const int MaxLimit = 1_000;
}

public sealed record JournalEntry(string Reference, string ExternalId, string Merchant, long Amount, string Currency, AuthorizationState State, DateTimeOffset CreatedAt)
{
    public static JournalEntry Of(Authorization authorization) => new(
        authorization.Reference,
        authorization.ExternalId,
        authorization.Merchant!,
        authorization.Amount,
        authorization.Currency!,
        authorization.State,
        authorization.CreatedAt);
}

public sealed record JournalPage(IReadOnlyList<JournalEntry> Data, bool HasMore);

/// <summary><c>GET /acquirers/{acquirer}/authorizations/journal?from=&amp;until=&amp;after=&amp;limit=</c>: what was authorized in a time, oldest first.</summary>
public static class ListAuthorizations
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, AuthorizationBook book, CancellationToken cancel) =>
        RequestQuery.Read(request, Read).TryGet(out var asked, out var refusal) ? await PageAsync(acquirer, asked, book, cancel) : Problem.From(refusal);

    public static async Task<IResult> PageAsync(Acquirer acquirer, JournalRequest asked, AuthorizationBook book, CancellationToken cancel)
    {
        var found = await book.ListAsync(acquirer.Code, asked with { Limit = asked.Limit + 1 }, cancel);   // one more tells whether there is more
        return Results.Ok(new JournalPage([.. found.Take(asked.Limit).Select(JournalEntry.Of)], found.Count > asked.Limit));
    }

    private static JournalRequest Read(RequestQuery query) => new(
        query.OptionalTime("from") ?? DateTimeOffset.MinValue,
        query.OptionalTime("until") ?? DateTimeOffset.MaxValue,
        query.OptionalText("after", max: 64),
        query.OptionalInt32("limit", 1, JournalRequest.MaxLimit) ?? 100);
}
