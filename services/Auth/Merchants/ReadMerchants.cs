using PayFlow.Auth.Audits;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>What administrators see of merchants, and a merchant of itself.</summary>
public sealed class ReadMerchants(Shards shards)
{
    /// <summary><c>GET /v1/account</c>.</summary>
    public async Task<IResult> AccountAsync(Caller caller, CancellationToken ct) => await FindAsync(caller.MerchantId, ct) is { } merchant
        ? Results.Ok(new AccountView(MerchantView.Of(merchant), caller.Mode, caller.Scopes))
        : Problem.From(Refusal.NotFound("merchant", caller.MerchantId.ToString()));

    /// <summary><c>GET /admin/v1/merchants/{id}</c>.</summary>
    public async Task<IResult> GetAsync(string id, HttpContext http, CancellationToken ct)
    {
        if (!Id.TryParse(IdPrefix.Merchant, id, out var merchant) || await FindAsync(merchant, ct) is not { } found)
        {
            return Problem.From(Refusal.NotFound("merchant", id));
        }

        http.Response.Headers.ETag = found.ETag;
        return Results.Ok(MerchantView.Of(found));
    }

    /// <summary><c>GET /admin/v1/merchants</c>: newest first, over all shards.</summary>
    public async Task<IResult> ListAsync(HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(), After: query.OptionalId("starting_after", IdPrefix.Merchant)));
        if (!read.TryGet(out var page, out var invalid))
        {
            return Problem.From(invalid);
        }

        var found = await Task.WhenAll(shards.All.Select(shard => MerchantSql.ListAsync(shard.Source, page.After, page.Limit + 1, ct)));
        var merchants = found.SelectMany(merchants => merchants).OrderByDescending(merchant => merchant.Id).Take(page.Limit + 1).ToList();
        return Results.Ok(new PageView<MerchantView>([.. merchants.Take(page.Limit).Select(MerchantView.Of)], merchants.Count > page.Limit));
    }

    /// <summary><c>GET /admin/v1/merchants/{id}/audit</c>: who changed what, newest first.</summary>
    public async Task<IResult> AuditAsync(string id, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(), Before: query.OptionalInt32("starting_after", 1, int.MaxValue)));
        if (!read.TryGet(out var page, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.Merchant, id, out var merchant) || await FindAsync(merchant, ct) is null)
        {
            return Problem.From(Refusal.NotFound("merchant", id));
        }

        var lines = await AuditSql.ListAsync(shards.For(merchant.Slot).Source, merchant, page.Before, page.Limit + 1, ct);
        return Results.Ok(new PageView<AuditLineView>([.. lines.Take(page.Limit)], lines.Count > page.Limit));
    }

    /// <summary>Null when there is none.</summary>
    public Task<Merchant?> FindAsync(Id merchant, CancellationToken ct) => MerchantSql.FindAsync(shards.For(merchant.Slot).Source, merchant, ct);
}
