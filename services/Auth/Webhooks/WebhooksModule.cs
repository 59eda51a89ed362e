using System.Net;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;

namespace PayFlow.Auth.Webhooks;

/// <summary>Endpoints of merchants, and the deliveries to them.</summary>
public static class WebhooksModule
{
    private const string Path = "/webhook-endpoints";
    private const string Example = """{ "url": "https://shop.example/payflow", "types": ["payment.captured", "payment.refunded"], "description": "The shop's books" }""";

    public static void AddWebhooks(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<WebhookOptions>("Auth:Webhooks");
        var services = builder.Services;
        services.AddSingleton<HostResolver>((host, ct) => Dns.GetHostAddressesAsync(host, ct));
        services.AddSingleton<AddressGuard>();
        services.AddSingleton<SecretBox>();
        services.AddSingleton<CreateEndpoint>();
        services.AddSingleton<ReadEndpoints>();
        services.AddSingleton<ChangeEndpoint>();
        services.AddSingleton<RotateSecret>();
        services.AddSingleton<SendAgain>();
        services.AddSingleton<DeliverySignal>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<NoteAttempt>();
        services.AddHostedService<QueueDeliveries>();
        services.AddHostedService<DeliverWebhooks>();
    }

    public static void MapWebhooks(this RouteGroupBuilder v1)
    {
        MapReads(v1);
        MapChanges(v1);
        MapSending(v1);
    }

    private static void MapReads(RouteGroupBuilder v1)
    {
        v1.MapGet(Path, (Caller caller, HttpRequest request, ReadEndpoints read, CancellationToken ct) => read.ListAsync(caller, request, ct))
            .WithName("list_webhook_endpoints").WithTags("Webhooks").WithSummary("List webhook endpoints, newest first")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last endpoint of the page before.")
            .Produces<PageView<EndpointView>>();

        v1.MapGet($"{Path}/{{id}}", (Caller caller, string id, ReadEndpoints read, CancellationToken ct) => read.GetAsync(caller, id, ct))
            .WithName("get_webhook_endpoint").WithTags("Webhooks").WithSummary("Get a webhook endpoint")
            .Produces<EndpointView>();

        v1.MapGet($"{Path}/{{id}}/deliveries", (Caller caller, string id, HttpRequest request, ReadEndpoints read, CancellationToken ct) => read.DeliveriesAsync(caller, id, request, ct))
            .WithName("list_webhook_deliveries").WithTags("Webhooks").WithSummary("List what was delivered to an endpoint, newest first, with every attempt")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last delivery of the page before.")
            .WithQuery("status", "Only deliveries that are pending, succeeded or failed.")
            .Produces<PageView<DeliveryView>>();
    }

    private static void MapChanges(RouteGroupBuilder v1)
    {
        v1.MapPost(Path, (Caller caller, HttpRequest request, CreateEndpoint create, CancellationToken ct) => create.HandleAsync(caller, request, ct))
            .WithName("create_webhook_endpoint").WithTags("Webhooks").WithSummary("Register a webhook endpoint")
            .WithDescription("From now on it gets the merchant's events of the key's mode, signed as Standard Webhooks says. The answer shows the `secret`, once.")
            .Accepts<EndpointRequest>("application/json").Produces<EndpointView>(StatusCodes.Status201Created)
            .WithExample(Example).TakesIdempotencyKey();

        v1.MapPatch($"{Path}/{{id}}", (Caller caller, string id, HttpRequest request, ChangeEndpoint change, CancellationToken ct) => change.UpdateAsync(caller, id, request, ct))
            .WithName("update_webhook_endpoint").WithTags("Webhooks").WithSummary("Change a webhook endpoint, disable or enable it")
            .WithDescription("What is left out stays. One that is enabled again gets what happens from then on, and what waited for it; what happened meanwhile is in the feed of events.")
            .Accepts<EndpointRequest>("application/json").Produces<EndpointView>()
            .WithExample("""{ "enabled": false }""");

        v1.MapDelete($"{Path}/{{id}}", (Caller caller, string id, ChangeEndpoint change, CancellationToken ct) => change.DeleteAsync(caller, id, ct))
            .WithName("delete_webhook_endpoint").WithTags("Webhooks").WithSummary("Delete a webhook endpoint with everything that was or is to be delivered to it")
            .Produces<DeletedEndpointView>();
    }

    private static void MapSending(RouteGroupBuilder v1)
    {
        v1.MapPost($"{Path}/{{id}}/rotate-secret", (Caller caller, string id, HttpRequest request, RotateSecret rotate, CancellationToken ct) => rotate.HandleAsync(caller, id, request, ct))
            .WithName("rotate_webhook_secret").WithTags("Webhooks").WithSummary("Give a webhook endpoint a new secret")
            .WithDescription("The answer shows it, once. For a while deliveries carry two signatures, of the new and of the old secret, so that the receiver can change over without losing any.")
            .Accepts<RotateSecretRequest>("application/json").Produces<EndpointView>()
            .WithExample("""{ "overlap_seconds": 3600 }""").TakesIdempotencyKey();

        v1.MapPost($"{Path}/{{id}}/test", (Caller caller, string id, HttpRequest request, SendAgain send, CancellationToken ct) => send.TestAsync(caller, id, request, ct))
            .WithName("test_webhook_endpoint").WithTags("Webhooks").WithSummary("Send an endpoint an event of the type webhook_endpoint.test")
            .Produces<DeliveryView>(StatusCodes.Status202Accepted).TakesIdempotencyKey();

        v1.MapPost(
                $"{Path}/{{id}}/deliveries/{{delivery}}/redeliver",
                (Caller caller, string id, string delivery, HttpRequest request, SendAgain send, CancellationToken ct) => send.RedeliverAsync(caller, id, delivery, request, ct))
            .WithName("redeliver_webhook").WithTags("Webhooks").WithSummary("Deliver an event again, now, whatever became of it before")
            .WithDescription("The same body under the same webhook-id: a receiver that has seen it can tell.")
            .Produces<DeliveryView>(StatusCodes.Status202Accepted).TakesIdempotencyKey();
    }
}
