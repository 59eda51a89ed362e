using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;

namespace PayFlow.Auth.ApiKeys;

/// <summary>A merchant's own keys under <c>/v1</c>; administrators' ways to them are beside the merchants'.</summary>
internal static class ApiKeysModule
{
    public static void AddApiKeys(this IServiceCollection services)
    {
        services.AddSingleton<AuthenticateApiKey>();
        services.AddSingleton<CreateApiKey>();
        services.AddSingleton<ListApiKeys>();
        services.AddSingleton<RotateApiKey>();
        services.AddSingleton<RevokeApiKey>();
        services.AddSingleton<KeyChanges>();
    }

    public static void MapApiKeys(this RouteGroupBuilder v1)
    {
        v1.MapPost("/api-keys", (Caller caller, HttpRequest request, CreateApiKey create, CancellationToken ct) => create.HandleAsync(KeyAsker.Of(caller), request, ct))
            .WithName("create_api_key").WithTags("API keys").WithSummary("Make an API key")
            .WithDescription("In the mode of the key that asks, with its scopes or fewer. `secret` is the key: it is in this answer and never again. A request that is repeated "
                + "with its idempotency key makes no second key and shows no secret; when the first answer was lost, rotate the key that was made with `overlap_seconds: 0`.")
            .Accepts<CreateApiKeyRequest>("application/json").Produces<ApiKeyView>(StatusCodes.Status201Created)
            .WithExample("""{ "name": "shop", "scopes": ["payments:read", "payments:write", "tokens:write"] }""").TakesIdempotencyKey();

        v1.MapGet("/api-keys", (Caller caller, HttpRequest request, ListApiKeys list, CancellationToken ct) => list.HandleAsync(KeyAsker.Of(caller), request, ct))
            .WithName("list_api_keys").WithTags("API keys").WithSummary("List API keys of this mode, newest first")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last key of the page before.")
            .Produces<PageView<ApiKeyView>>();

        v1.MapPost("/api-keys/{id}/rotate", (Caller caller, string id, HttpRequest request, RotateApiKey rotate, CancellationToken ct) => rotate.HandleAsync(KeyAsker.Of(caller), id, request, ct))
            .WithName("rotate_api_key").WithTags("API keys").WithSummary("Make an API key in the place of another")
            .WithDescription("The answer is the new key, with its `secret`. The old one goes on for `overlap_seconds`, 24 hours when left out, at once over with 0.")
            .Accepts<RotateApiKeyRequest>("application/json").Produces<ApiKeyView>(StatusCodes.Status201Created)
            .WithExample("""{ "overlap_seconds": 3600 }""").TakesIdempotencyKey();

        v1.MapPost("/api-keys/{id}/revoke", (Caller caller, string id, HttpRequest request, RevokeApiKey revoke, CancellationToken ct) => revoke.HandleAsync(KeyAsker.Of(caller), id, request, ct))
            .WithName("revoke_api_key").WithTags("API keys").WithSummary("End an API key at once")
            .WithDescription("Gateways refuse it within seconds.")
            .Produces<ApiKeyView>().TakesIdempotencyKey();
    }
}
