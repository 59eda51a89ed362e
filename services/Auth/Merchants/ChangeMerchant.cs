using Microsoft.Extensions.Options;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Audits;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>
/// <c>PATCH /admin/v1/merchants/{id}</c>. Whoever changes says which version it saw (<c>If-Match</c>), so that nobody undoes what somebody else just did, and a
/// change that is sent twice is made once.
/// </summary>
public sealed class ChangeMerchant(Shards shards, MerchantDirectory directory, IOptions<MerchantOptions> options, IOptions<RoutingOptions> routing, TimeProvider time)
{
    private const string Header = "If-Match";

    public async Task<IResult> HandleAsync(Administrator administrator, string id, HttpContext http, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(http.Request, body => (Seen: Version(http.Request, body), Asked: SettingsRules.Read(body, options.Value.Regions, routing.Value.Acquirers.Keys)), ct);
        if (!read.TryGet(out var body, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.Merchant, id, out var merchant))
        {
            return Problem.From(Refusal.NotFound("merchant", id));
        }

        await using var transaction = await shards.BeginAsync(merchant.Slot, ct);
        if (await MerchantSql.FindForChangeAsync(transaction, merchant, ct) is not { } before)
        {
            return Problem.From(Refusal.NotFound("merchant", id));
        }

        if (before.ETag != body.Seen)
        {
            return Problem.Of(StatusCodes.Status412PreconditionFailed, "changed_meanwhile", $"The merchant is at version {before.Version} by now. Nothing was changed: look at it again, then decide.");
        }

        var now = time.GetUtcNow();
        var after = before with { Settings = body.Asked.Over(before.Settings), Version = before.Version + 1, ChangedAt = now };
        await MerchantSql.ChangeAsync(transaction, after, ct);
        await Audit.WriteAsync(
            transaction, new AuditLine(now, administrator.Actor, "merchant.changed", merchant, merchant, MerchantView.Of(before), MerchantView.Of(after)), ct);
        await transaction.CommitAsync(ct);
        directory.Forget(merchant);
        http.Response.Headers.ETag = after.ETag;
        return Results.Ok(MerchantView.Of(after));
    }

    private static string Version(HttpRequest request, BodyReader body)
    {
        if (request.Headers[Header] is [{ Length: > 0 } seen])
        {
            return seen;
        }

        body.Error(Header, "required", $"{Header} is required: the ETag of the merchant as you saw it.");
        return "";
    }
}
