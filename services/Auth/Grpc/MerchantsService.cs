using Grpc.Core;
using PayFlow.Auth.Merchants;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Problems;
using WireMode = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Auth.Grpc;

/// <summary>Translates <c>payflow.auth.v1.Merchants</c>.</summary>
public sealed class MerchantsService(AuthenticateApiKey authenticate, CreateMerchant create) : Contracts.Auth.V1.Merchants.MerchantsBase
{
    public override async Task<ApiKeyIdentity> AuthenticateApiKey(AuthenticateApiKeyRequest request, ServerCallContext context)
    {
        var known = Got(await authenticate.HandleAsync(request.KeyHash.ToByteArray(), context.CancellationToken));
        return new ApiKeyIdentity
        {
            MerchantId = known.MerchantId.ToString(),
            KeyId = known.KeyId.ToString(),
            Mode = (WireMode)known.Mode,
            Slot = known.MerchantId.Slot.Number,
            Scopes = { known.Scopes },
            RateLimit = known.RateLimit,
        };
    }

    public override async Task<CreateMerchantResponse> CreateMerchant(CreateMerchantRequest request, ServerCallContext context)
    {
        var command = new CreateMerchantCommand(request.Name, (Mode)request.Mode, request.TimeZone, request.RateLimit);
        var created = Got(await create.HandleAsync(command, context.CancellationToken));
        return new CreateMerchantResponse { MerchantId = created.Merchant.Id.ToString(), Slot = created.Merchant.Id.Slot.Number, ApiKey = created.Secret };
    }

    private static T Got<T>(Result<T> result) => result.TryGet(out var value, out var refusal) ? value : throw new RefusedException(refusal);
}
