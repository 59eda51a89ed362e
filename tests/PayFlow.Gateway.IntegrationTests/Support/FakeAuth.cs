using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.IntegrationTests.Support;

/// <summary>Auth's side of the contract: keys by their hash, and how often was asked.</summary>
internal sealed class FakeAuth : Merchants.MerchantsBase
{
    public const string Key = "sk_test_0123456789abcdefghijklmnopqrstuv";

    public const string AdministratorKey = "ak_0123456789abcdefghijklmnopqrstuv";

    private readonly ConcurrentDictionary<string, ApiKeyIdentity> _keys = new();
    private readonly ConcurrentQueue<ByteString> _changed = new();
    private int _asked;

    public static Id MerchantId { get; } = Id.New(IdPrefix.Merchant, new Slot(42), new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));

    /// <summary>How often a key was asked about.</summary>
    public int Asked => _asked;

    /// <summary>How every question is answered instead, while it is set.</summary>
    public Func<CancellationToken, Task>? Instead { get; set; }

    public void Add(string key, int rateLimit = 1_000_000, Id? merchant = null, params string[] scopes) => _keys[Hash(key)] = new ApiKeyIdentity
    {
        MerchantId = (merchant ?? MerchantId).ToString(),
        Slot = (merchant ?? MerchantId).Slot.Number,
        KeyId = "key_1",
        Mode = Contracts.Common.V1.Mode.Test,
        Scopes = { scopes is [] ? Scopes.All : scopes },
        RateLimit = rateLimit,
    };

    public void Revoke(string key) => _keys.TryRemove(Hash(key), out _);

    /// <summary>When keys were used, as the gateway told.</summary>
    public ConcurrentQueue<KeyUse> Uses { get; } = new();

    /// <summary>Everything changed, as after a long absence.</summary>
    public bool Everything { get; set; }

    /// <summary>Ends a key, as Auth would without saying so before.</summary>
    public void Expire(string key, DateTimeOffset at) => _keys[Hash(key)].ExpiresAt = at.ToTimestamp();

    /// <summary>Says at the next question that something about the key changed.</summary>
    public void Tell(string key) => _changed.Enqueue(ByteString.CopyFrom(SHA256.HashData(Encoding.ASCII.GetBytes(key))));

    public override Task<AdministratorIdentity> AuthenticateAdministrator(AuthenticateApiKeyRequest request, ServerCallContext context) =>
        Convert.ToHexString(request.KeyHash.Span) == Hash(AdministratorKey)
            ? Task.FromResult(new AdministratorIdentity { Name = "ada" })
            : throw new RpcException(new Status(StatusCode.Unauthenticated, "nobody's"));

    public override Task<KeyChanges> ListKeyChanges(ListKeyChangesRequest request, ServerCallContext context)
    {
        var changes = new KeyChanges { AsOf = DateTimeOffset.UnixEpoch.ToTimestamp(), Everything = Everything };
        while (_changed.TryDequeue(out var hash))
        {
            changes.KeyHashes.Add(hash);
        }

        return Task.FromResult(changes);
    }

    public override Task<NoteKeyUsesResponse> NoteKeyUses(NoteKeyUsesRequest request, ServerCallContext context)
    {
        foreach (var use in request.Uses)
        {
            Uses.Enqueue(use);
        }

        return Task.FromResult(new NoteKeyUsesResponse());
    }

    public override async Task<ApiKeyIdentity> AuthenticateApiKey(AuthenticateApiKeyRequest request, ServerCallContext context)
    {
        Interlocked.Increment(ref _asked);
        if (Instead is { } instead)
        {
            await instead(context.CancellationToken);
        }

        return _keys.TryGetValue(Convert.ToHexString(request.KeyHash.Span), out var identity)
            ? identity
            : throw new RpcException(new Status(StatusCode.Unauthenticated, "nobody's"));
    }

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
}
