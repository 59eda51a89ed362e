using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Auth.Events;

/// <summary><c>GET /v1/events/{id}</c>.</summary>
public sealed class GetEvent(Shards shards)
{
    public async Task<IResult> HandleAsync(Caller caller, string id, CancellationToken ct)
    {
        var feed = new Feed(caller.MerchantId, caller.Mode);
        var found = EventId.TryRead(feed, id, out var number) ? await FeedReader.FindAsync(shards.For(caller.Slot), feed, number, ct) : null;
        return found is not null && EventId.Of(feed, found).ToString() == id
            ? Results.Ok(EventView.Of(feed, found))
            : Problem.From(Refusal.NotFound("event", id));
    }
}
