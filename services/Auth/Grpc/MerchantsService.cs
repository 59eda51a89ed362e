using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Auth.Administrators;
using PayFlow.Auth.ApiKeys;
using PayFlow.Auth.Merchants;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Problems;
using KeyChanges = PayFlow.Contracts.Auth.V1.KeyChanges;
using WireMode = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Auth.Grpc;

/// <summary>Translates <c>payflow.auth.v1.Merchants</c>.</summary>
public sealed class MerchantsService(AuthenticateApiKey authenticate, AuthenticateAdministrator administrators, Auth.ApiKeys.KeyChanges changes, CreateMerchant create) : Contracts.Auth.V1.Merchants.MerchantsBase
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
            ExpiresAt = known.ExpiresAt?.ToTimestamp(),
        };
    }

    public override Task<AdministratorIdentity> AuthenticateAdministrator(AuthenticateApiKeyRequest request, ServerCallContext context) =>
        Task.FromResult(new AdministratorIdentity { Name = Got(administrators.Handle(request.KeyHash.ToByteArray())).Name });

    public override async Task<KeyChanges> ListKeyChanges(ListKeyChangesRequest request, ServerCallContext context)
    {
        var (hashes, asOf) = await changes.ListAsync(request.Since?.ToDateTimeOffset(), context.CancellationToken);
        return new KeyChanges { AsOf = asOf.ToTimestamp(), Everything = hashes is null, KeyHashes = { (hashes ?? []).Select(hash => ByteString.CopyFrom(hash)) } };
    }

    public override async Task<NoteKeyUsesResponse> NoteKeyUses(NoteKeyUsesRequest request, ServerCallContext context)
    {
        await changes.NoteUsesAsync(
            [.. request.Uses.Select(use => new Auth.ApiKeys.KeyUse(Id.Parse(IdPrefix.ApiKey, use.KeyId), use.UsedAt.ToDateTimeOffset()))], context.CancellationToken);
        return new NoteKeyUsesResponse();
    }

    public override async Task<CreateMerchantResponse> CreateMerchant(CreateMerchantRequest request, ServerCallContext context)
    {
        var command = new CreateMerchantCommand(request.Name, (Mode)request.Mode, request.TimeZone, request.RateLimit);
        var created = Got(await create.HandleAsync(command, context.CancellationToken));
        return new CreateMerchantResponse { MerchantId = created.Merchant.Id.ToString(), Slot = created.Merchant.Id.Slot.Number, ApiKey = created.Secret };
    }

    private static T Got<T>(Result<T> result) => result.TryGet(out var value, out var refusal) ? value : throw new RefusedException(refusal);
}
