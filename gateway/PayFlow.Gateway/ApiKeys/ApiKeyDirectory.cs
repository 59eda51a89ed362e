using Google.Protobuf;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>Merchants' keys.</summary>
internal sealed class ApiKeyDirectory(Merchants.MerchantsClient auth, IOptions<ApiKeyOptions> options, TimeProvider time, ILogger<ApiKeyDirectory> logger)
    : KeyDirectory<Merchant>(options.Value, time, logger)
{
    protected override async Task<(Merchant Owner, DateTimeOffset? ExpiresAt)> AskAsync(byte[] hash)
    {
        var identity = await auth.AuthenticateApiKeyAsync(new AuthenticateApiKeyRequest { KeyHash = ByteString.CopyFrom(hash) });
        return (Merchant.From(identity), identity.ExpiresAt?.ToDateTimeOffset());
    }
}

/// <summary>Administrators' keys.</summary>
internal sealed class AdministratorDirectory(Merchants.MerchantsClient auth, IOptions<ApiKeyOptions> options, TimeProvider time, ILogger<AdministratorDirectory> logger)
    : KeyDirectory<Administrator>(options.Value, time, logger)
{
    protected override async Task<(Administrator Owner, DateTimeOffset? ExpiresAt)> AskAsync(byte[] hash)
    {
        var identity = await auth.AuthenticateAdministratorAsync(new AuthenticateApiKeyRequest { KeyHash = ByteString.CopyFrom(hash) });
        return (new Administrator(identity.Name), null);
    }
}
