using PayFlow.Contracts.Auth.V1;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>Whose key it is.</summary>
/// <param name="Caller">What services are told.</param>
/// <param name="RateLimit">Requests per second; 0 means the gateway's default.</param>
internal sealed record Merchant(Caller Caller, int RateLimit)
{
    public static Merchant From(ApiKeyIdentity identity) => new(
        new Caller(
            Id.Parse(IdPrefix.Merchant, identity.MerchantId),
            identity.Mode == Contracts.Common.V1.Mode.Live ? Mode.Live : Mode.Test,
            new Slot(identity.Slot),
            identity.KeyId,
            [.. identity.Scopes]),
        identity.RateLimit);
}
