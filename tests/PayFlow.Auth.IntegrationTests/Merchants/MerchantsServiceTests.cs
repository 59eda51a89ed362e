using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using WireMode = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Auth.IntegrationTests.Merchants;

[Collection(OneWorld.Name)]
public sealed class MerchantsServiceTests(World world) : HostedTests(world)
{
    private const string SeedKey = "sk_test_0123456789abcdefghijklmnop";

    protected override Action<Dictionary<string, string?>> Settings => settings => settings["Auth:Seed:ApiKey"] = SeedKey;

    [Fact]
    public async Task CreateMerchant_ItsKey_SaysWhoItIs()
    {
        var client = Client();
        var created = await client.CreateMerchantAsync(new CreateMerchantRequest { Name = "Shop", Mode = WireMode.Live, TimeZone = "Europe/Berlin", RateLimit = 42 });
        var known = await client.AuthenticateApiKeyAsync(Hashed(created.ApiKey));
        Assert.Equal((created.MerchantId, created.Slot, WireMode.Live, 42), (known.MerchantId, known.Slot, known.Mode, known.RateLimit));
        Assert.Equal(Scopes.All, known.Scopes);
        Assert.StartsWith("sk_live_", created.ApiKey, StringComparison.Ordinal);
        Assert.Equal(created.Slot, Id.Parse(IdPrefix.Merchant, created.MerchantId).Slot.Number);
    }

    [Fact]
    public async Task CreateMerchant_OneAfterTheOther_HaveSlotsOfTheirOwn()
    {
        var client = Client();
        var slots = new List<int>();
        for (var i = 0; i < 5; i++)
        {
            slots.Add((await client.CreateMerchantAsync(new CreateMerchantRequest { Name = "Shop", Mode = WireMode.Test })).Slot);
        }

        Assert.Equal(5, slots.Distinct().Count());
    }

    [Fact]
    public async Task CreateMerchant_WrongFields_NamesThemAll()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client().CreateMerchantAsync(new CreateMerchantRequest { Name = "", TimeZone = "Nowhere/Land", RateLimit = -1 }));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("name, mode, time_zone, rate_limit", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sk_test_nobody")]
    [InlineData("")]
    public async Task AuthenticateApiKey_Unknown_IsUnauthenticated(string key)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await Client().AuthenticateApiKeyAsync(Hashed(key)));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
        var malformed = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client().AuthenticateApiKeyAsync(new AuthenticateApiKeyRequest { KeyHash = ByteString.CopyFromUtf8("short") }));
        Assert.Equal(StatusCode.Unauthenticated, malformed.StatusCode);
    }

    [Fact]
    public async Task Seed_StartedTwice_IsOneMerchant()
    {
        var first = await Client().AuthenticateApiKeyAsync(Hashed(SeedKey));
        await using var again = await StartOwnAsync();
        var second = await new Contracts.Auth.V1.Merchants.MerchantsClient(again.Channel).AuthenticateApiKeyAsync(Hashed(SeedKey));
        Assert.Equal((first.MerchantId, WireMode.Test), (second.MerchantId, second.Mode));
    }

    [Fact]
    public async Task Payments_GetAndStream_SayWhatIsInTheBooks()
    {
        var paid = await Merchant.PayAsync(1500, capture: true);
        await Merchant.PayAsync(1600);
        var client = new Contracts.Auth.V1.Payments.PaymentsClient(Host.Channel);
        var one = await client.GetPaymentAsync(new GetPaymentRequest { PaymentId = paid["id"]! });
        Assert.Equal(("captured", 1500L, 1500L, "northbank"), (one.Status, one.Authorized, one.Captured, one.Acquirer));
        Assert.Equal(["authorize", "capture"], one.Operations.Select(operation => operation.Kind));
        Assert.All(one.Attempts, attempt => Assert.Equal("approved", attempt.State));

        using var stream = client.StreamPayments(new StreamPaymentsRequest { MerchantId = Merchant.Merchant.ToString() });
        var amounts = new List<long>();
        await foreach (var payment in stream.ResponseStream.ReadAllAsync())
        {
            amounts.Add(payment.Amount);
        }

        Assert.Equal([1500, 1600], amounts);
        var missing = await Assert.ThrowsAsync<RpcException>(async () => await client.GetPaymentAsync(new GetPaymentRequest { PaymentId = "pay_1" }));
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task ApiDocument_EveryOperation_IsDescribed()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        Assert.Empty(await ApiDocument.FaultsAsync(http));
    }

    private Contracts.Auth.V1.Merchants.MerchantsClient Client() => new(Host.Channel);

    private static AuthenticateApiKeyRequest Hashed(string key) => new() { KeyHash = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(key))) };
}
