using PayFlow.Auth.Administrators;
using PayFlow.Auth.ApiKeys;
using PayFlow.Auth.Audits;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>Merchants: what administrators do with them, and what a merchant sees of its account.</summary>
internal static class MerchantsModule
{
    private const string MerchantExample =
        """{ "name": "Ada's books", "time_zone": "Europe/Berlin", "country": "DE", "home_region": "eu", "capture_mode": "manual", "hold_days": 7, "rate_limit": 100 }""";

    public static void AddMerchants(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<MerchantOptions>("Auth:Merchants");
        builder.AddValidatedOptions<AdministratorOptions>("Auth:Administrators");
        var services = builder.Services;
        services.AddSingleton<MerchantDirectory>();
        services.AddSingleton<Slots>();
        services.AddSingleton<CreateMerchant>();
        services.AddSingleton<OnboardMerchant>();
        services.AddSingleton<ChangeMerchant>();
        services.AddSingleton<ReadMerchants>();
        services.AddSingleton<AuthenticateAdministrator>();
        services.AddSingleton<AdministerKeys>();
        services.AddApiKeys();
        services.AddHostedService<SeedMerchant>();
    }

    public static void MapAccount(this RouteGroupBuilder v1) => v1
        .MapGet("/account", (Caller caller, ReadMerchants read, CancellationToken ct) => read.AccountAsync(caller, ct))
        .WithName("get_account").WithTags("Account").WithSummary("The merchant's settings, and what this key may do")
        .Produces<AccountView>();

    /// <summary>Under <c>/admin/v1</c>, and for operators under <c>/internal</c>.</summary>
    public static void MapAdministration(this RouteGroupBuilder admin)
    {
        admin.MapPost("/merchants", (Administrator administrator, HttpRequest request, OnboardMerchant onboard, CancellationToken ct) => onboard.HandleAsync(administrator, request, ct))
            .WithName("admin_create_merchant").WithTags("Administration").WithSummary("Onboard a merchant")
            .WithDescription("It has no API keys yet: make them with `POST /admin/v1/merchants/{id}/api-keys`.")
            .Accepts<SettingsRequest>("application/json").Produces<MerchantView>(StatusCodes.Status201Created)
            .WithExample(MerchantExample).TakesIdempotencyKey();
        admin.MapGet("/merchants", (Administrator _, HttpRequest request, ReadMerchants read, CancellationToken ct) => read.ListAsync(request, ct))
            .WithName("admin_list_merchants").WithTags("Administration").WithSummary("List merchants, newest first")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last merchant of the page before.")
            .Produces<PageView<MerchantView>>();
        admin.MapGet("/merchants/{id}", (Administrator _, string id, HttpContext http, ReadMerchants read, CancellationToken ct) => read.GetAsync(id, http, ct))
            .WithName("admin_get_merchant").WithTags("Administration").WithSummary("Get a merchant, with its ETag")
            .Produces<MerchantView>();
        admin.MapPatch("/merchants/{id}", (Administrator administrator, string id, HttpContext http, ChangeMerchant change, CancellationToken ct) => change.HandleAsync(administrator, id, http, ct))
            .WithName("admin_change_merchant").WithTags("Administration").WithSummary("Change settings of a merchant")
            .WithDescription("What is left out stays as it is. 412 when the merchant was changed since it was looked at.")
            .Accepts<SettingsRequest>("application/json").Produces<MerchantView>()
            .WithHeader("If-Match", "The ETag of the merchant as you saw it; required.")
            .WithExample("""{ "capture_mode": "automatic", "rate_limit": 250 }""");
        admin.MapGet("/merchants/{id}/audit", (Administrator _, string id, HttpRequest request, ReadMerchants read, CancellationToken ct) => read.AuditAsync(id, request, ct))
            .WithName("admin_list_audit").WithTags("Administration").WithSummary("Who changed what of a merchant, newest first")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The sequence of the last line of the page before.")
            .Produces<PageView<AuditLineView>>();
        MapKeys(admin);
    }

    /// <summary>Checks the audit trail's chains; the head of each is worth keeping elsewhere.</summary>
    public static void MapAuditCheck(this WebApplication app) => app
        .MapGet("/internal/audit", async (Shards shards, CancellationToken ct) => Results.Ok(await Task.WhenAll(shards.All.Select(shard => AuditSql.CheckAsync(shard, ct)))))
        .ExcludeFromDescription();

    private static void MapKeys(RouteGroupBuilder admin)
    {
        admin.MapPost(
                "/merchants/{id}/api-keys",
                (Administrator administrator, string id, HttpRequest request, AdministerKeys keys, CancellationToken ct) => keys.CreateAsync(administrator, id, request, ct))
            .WithName("admin_create_api_key").WithTags("Administration").WithSummary("Make an API key of a merchant, for test or live mode")
            .WithDescription("`secret` is in this answer and never again, also not when the request is repeated with its idempotency key.")
            .Accepts<CreateApiKeyRequest>("application/json").Produces<ApiKeyView>(StatusCodes.Status201Created)
            .WithExample("""{ "name": "shop", "mode": "test" }""").TakesIdempotencyKey();
        admin.MapGet(
                "/merchants/{id}/api-keys",
                (Administrator administrator, string id, HttpRequest request, AdministerKeys keys, CancellationToken ct) => keys.ListAsync(administrator, id, request, ct))
            .WithName("admin_list_api_keys").WithTags("Administration").WithSummary("List API keys of a merchant, of both modes, newest first")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last key of the page before.")
            .Produces<PageView<ApiKeyView>>();
        admin.MapPost(
                "/merchants/{id}/api-keys/{key}/rotate",
                (Administrator administrator, string id, string key, HttpRequest request, AdministerKeys keys, CancellationToken ct) =>
                    keys.RotateAsync(administrator, id, key, request, ct))
            .WithName("admin_rotate_api_key").WithTags("Administration").WithSummary("Make an API key of a merchant in the place of another")
            .Accepts<RotateApiKeyRequest>("application/json").Produces<ApiKeyView>(StatusCodes.Status201Created)
            .WithExample("""{ "overlap_seconds": 0 }""").TakesIdempotencyKey();
        admin.MapPost(
                "/merchants/{id}/api-keys/{key}/revoke",
                (Administrator administrator, string id, string key, HttpRequest request, AdministerKeys keys, CancellationToken ct) =>
                    keys.RevokeAsync(administrator, id, key, request, ct))
            .WithName("admin_revoke_api_key").WithTags("Administration").WithSummary("End an API key of a merchant at once")
            .Produces<ApiKeyView>().TakesIdempotencyKey();
    }
}
