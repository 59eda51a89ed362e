using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Kernel;

namespace PayFlow.Gateway.IntegrationTests.Support;

/// <summary>Auth's side of the contract: keys by their hash, and how often was asked.</summary>
internal sealed class FakeAuth : Merchants.MerchantsBase
{
    public const string Key = "sk_test_0123456789abcdefghijklmnopqrstuv";

    private readonly ConcurrentDictionary<string, ApiKeyIdentity> _keys = new();
    private int _asked;

    public static Id MerchantId { get; } = Id.New(IdPrefix.Merchant, new Slot(42), new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));

    /// <summary>How often a key was asked about.</summary>
    public int Asked => _asked;

    /// <summary>How every question is answered instead, while it is set.</summary>
    public Func<CancellationToken, Task>? Instead { get; set; }

    public void Add(string key, int rateLimit = 1_000_000, Id? merchant = null) => _keys[Hash(key)] = new ApiKeyIdentity
    {
        MerchantId = (merchant ?? MerchantId).ToString(),
        Slot = (merchant ?? MerchantId).Slot.Number,
        KeyId = "key_1",
        Mode = Contracts.Common.V1.Mode.Test,
        Scopes = { "payments" },
        RateLimit = rateLimit,
    };

    public void Revoke(string key) => _keys.TryRemove(Hash(key), out _);

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
