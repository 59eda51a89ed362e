using PayFlow.Auth.ApiKeys;
using PayFlow.Auth.Merchants;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Auth.Administrators;

/// <summary>A merchant's keys in the hands of an administrator: the same as in the merchant's, of both modes and with every scope.</summary>
public sealed class AdministerKeys(ReadMerchants merchants, CreateApiKey create, ListApiKeys list, RotateApiKey rotate, RevokeApiKey revoke)
{
    public Task<IResult> CreateAsync(Administrator administrator, string merchant, HttpRequest request, CancellationToken ct) =>
        ForAsync(administrator, merchant, asker => create.HandleAsync(asker, request, ct), ct);

    public Task<IResult> ListAsync(Administrator administrator, string merchant, HttpRequest request, CancellationToken ct) =>
        ForAsync(administrator, merchant, asker => list.HandleAsync(asker, request, ct), ct);

    public Task<IResult> RotateAsync(Administrator administrator, string merchant, string key, HttpRequest request, CancellationToken ct) =>
        ForAsync(administrator, merchant, asker => rotate.HandleAsync(asker, key, request, ct), ct);

    public Task<IResult> RevokeAsync(Administrator administrator, string merchant, string key, HttpRequest request, CancellationToken ct) =>
        ForAsync(administrator, merchant, asker => revoke.HandleAsync(asker, key, request, ct), ct);

    private async Task<IResult> ForAsync(Administrator administrator, string id, Func<KeyAsker, Task<IResult>> handle, CancellationToken ct) =>
        Id.TryParse(IdPrefix.Merchant, id, out var merchant) && await merchants.FindAsync(merchant, ct) is not null
            ? await handle(KeyAsker.Of(administrator, merchant))
            : Problem.From(Refusal.NotFound("merchant", id));
}
