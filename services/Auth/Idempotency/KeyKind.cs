using System.Collections.Frozen;

namespace PayFlow.Auth.Idempotency;

/// <summary>What a key was used for.</summary>
public enum KeyKind
{
    Create,
    Confirm,
    Capture,
    Void,
    Refund,
    CreateToken,
    CreateMerchant,
    CreateApiKey,
    RotateApiKey,
    RevokeApiKey,
    CreateWebhookEndpoint,
    RotateWebhookSecret,
    TestWebhook,
    RedeliverWebhook,
}

/// <summary>The one table of how each kind is spelled in the database and what it makes. A kind that begins with <c>payment.</c> is run by the executor; every other one is carried out by one transaction.</summary>
internal static class KeyKinds
{
    private static readonly (KeyKind Kind, string Name, string Resource, string Prefix)[] All =
    [
        (KeyKind.Create, "payment.create", "payment", IdPrefix.Payment),
        (KeyKind.Confirm, "payment.confirm", "operation", IdPrefix.Operation),
        (KeyKind.Capture, "payment.capture", "operation", IdPrefix.Operation),
        (KeyKind.Void, "payment.void", "operation", IdPrefix.Operation),
        (KeyKind.Refund, "payment.refund", "operation", IdPrefix.Operation),
        (KeyKind.CreateToken, "token.create", "token", IdPrefix.Token),
        (KeyKind.CreateMerchant, "merchant.create", "merchant", IdPrefix.Merchant),
        (KeyKind.CreateApiKey, "api_key.create", "api_key", IdPrefix.ApiKey),
        (KeyKind.RotateApiKey, "api_key.rotate", "api_key", IdPrefix.ApiKey),
        (KeyKind.RevokeApiKey, "api_key.revoke", "api_key", IdPrefix.ApiKey),
        (KeyKind.CreateWebhookEndpoint, "webhook_endpoint.create", "webhook_endpoint", IdPrefix.WebhookEndpoint),
        (KeyKind.RotateWebhookSecret, "webhook_endpoint.rotate_secret", "webhook_endpoint", IdPrefix.WebhookEndpoint),
        (KeyKind.TestWebhook, "webhook_delivery.test", "webhook_delivery", IdPrefix.WebhookDelivery),
        (KeyKind.RedeliverWebhook, "webhook_delivery.redeliver", "webhook_delivery", IdPrefix.WebhookDelivery),
    ];

    private static readonly FrozenDictionary<KeyKind, (string Name, string Resource, string Prefix)> ByKind =
        All.ToFrozenDictionary(row => row.Kind, row => (row.Name, row.Resource, row.Prefix));

    private static readonly FrozenDictionary<string, KeyKind> ByName = All.ToFrozenDictionary(row => row.Name, row => row.Kind);

    /// <summary>As the database spells it.</summary>
    public static string Name(this KeyKind kind) => ByKind[kind].Name;

    /// <summary>What the API calls the thing that such a request makes.</summary>
    public static string Resource(this KeyKind kind) => ByKind[kind].Resource;

    /// <summary>The prefix of that thing's id.</summary>
    public static string Prefix(this KeyKind kind) => ByKind[kind].Prefix;

    /// <exception cref="KeyNotFoundException">The name is none of the kinds'.</exception>
    public static KeyKind Parse(string name) => ByName[name];
}
