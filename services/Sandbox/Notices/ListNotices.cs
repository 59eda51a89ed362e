using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.BankAccounts;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Notices;

public sealed record NoticePage(IReadOnlyList<Notice> Data, bool HasMore);

/// <summary>
/// <c>GET /acquirers/{acquirer}/notices?after=&amp;limit=</c>: what happened at the acquirer on its own, from after a number on. A feed is only ever appended to: the same question gets the
/// same answer, and more once there is more.
/// </summary>
public static class ListNotices
{
    private const int MaxLimit = 1_000;

    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, ReturnBook returns, SandboxDatabase database, CancellationToken cancel)
    {
        var read = RequestQuery.Read(request, query => (After: query.OptionalInt32("after", 0, int.MaxValue) ?? 0, Limit: query.OptionalInt32("limit", 1, MaxLimit) ?? 100));
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        await returns.TellDueAsync(acquirer, cancel);
        var found = await NoticeSql.ListAsync(database.Source, acquirer.Code, asked.After, asked.Limit + 1, cancel);   // one more tells whether there is more
        return Results.Ok(new NoticePage([.. found.Take(asked.Limit)], found.Count > asked.Limit));
    }
}
