using Microsoft.Extensions.Options;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Audits;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>
/// <c>POST /admin/v1/merchants</c>. The merchant has no keys yet: they are asked for, each in its mode. Under an idempotency key merchant, key and answer commit
/// together as for every simple request; only that the merchant is not there before, so its slot follows from the key.
/// </summary>
public sealed class OnboardMerchant(Slots slots, SimpleRequests requests, IOptions<MerchantOptions> options, IOptions<RoutingOptions> routing, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Administrator administrator, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(request, body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: Read(body)), ct);
        if (!read.TryGet(out var body, out var invalid))
        {
            return Problem.From(invalid);
        }

        var (key, asked) = body;
        var now = time.GetUtcNow();
        var settings = asked.Over(MerchantSettings.Usual(asked.Name!, "UTC", options.Value.Regions[0]));
        var merchant = new Merchant(
            Id.New(IdPrefix.Merchant, key is null ? await slots.LeastUsedAsync(ct) : Slots.Of(key), now), settings, Version: 1, now, now);
        var once = new SimpleRequest(merchant.Id, KeyName.OfAdministrators, key, Fingerprint.Of(KeyKind.CreateMerchant, target: null, asked), KeyKind.CreateMerchant, merchant.Id);
        return await requests.OnboardAsync(once, (transaction, cancel) => WriteAsync(transaction, administrator, merchant, cancel), ct);
    }

    private static async Task<Result<SimpleAnswer>> WriteAsync(ShardTransaction transaction, Administrator administrator, Merchant merchant, CancellationToken ct)
    {
        await MerchantSql.InsertAsync(transaction, merchant, ct);
        var view = MerchantView.Of(merchant);
        await Audit.WriteAsync(transaction, new AuditLine(merchant.CreatedAt, administrator.Actor, "merchant.created", merchant.Id, merchant.Id, Before: null, view), ct);
        return new SimpleAnswer(StatusCodes.Status201Created, view);
    }

    private SettingsRequest Read(BodyReader body)
    {
        var asked = SettingsRules.Read(body, options.Value.Regions, routing.Value.Acquirers.Keys);
        if (!body.Has("name"))
        {
            body.Error("name", "required", "name is required.");
        }

        return asked;
    }
}
