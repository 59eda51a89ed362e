using PayFlow.Auth.Payments;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Events;

/// <summary><c>GET /v1/events</c>: the merchant's feed, from the oldest event that is kept, or from a cursor on.</summary>
public sealed class ListEvents(Shards shards)
{
    public async Task<IResult> HandleAsync(Caller caller, HttpRequest request, CancellationToken ct)
    {
        var feed = new Feed(caller.MerchantId, caller.Mode);
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(), After: Cursors.Read(query, "starting_after", feed), Types: Cursors.Types(query)));
        if (!read.TryGet(out var asked, out var invalid))
        {
            return Problem.From(invalid);
        }

        // One more than is shown tells whether there are more.
        var page = await FeedReader.ReadAsync(shards.For(caller.Slot), feed, asked.After ?? 0, asked.Limit + 1, asked.Types, ct);
        return asked.After is { } after && page.HasForgottenAfter(after)
            ? Cursors.TooOld()
            : Results.Ok(new PageView<EventView>([.. page.Events.Take(asked.Limit).Select(@event => EventView.Of(feed, @event))], page.Events.Count > asked.Limit));
    }
}
