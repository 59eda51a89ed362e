using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>Lists a merchant's keys, newest first: those that ended too.</summary>
public sealed class ListApiKeys(Shards shards, TimeProvider time)
{
    public async Task<IResult> HandleAsync(KeyAsker asker, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(), After: query.OptionalId("starting_after", IdPrefix.ApiKey)));
        if (!read.TryGet(out var page, out var invalid))
        {
            return Problem.From(invalid);
        }

        // One more than is shown tells whether there are more.
        var keys = await ApiKeySql.ListAsync(shards.For(asker.MerchantId.Slot).Source, asker.MerchantId, asker.Mode, page.After, page.Limit + 1, ct);
        var now = time.GetUtcNow();
        return Results.Ok(new PageView<ApiKeyView>([.. keys.Take(page.Limit).Select(key => ApiKeyView.Of(key, now))], keys.Count > page.Limit));
    }
}
