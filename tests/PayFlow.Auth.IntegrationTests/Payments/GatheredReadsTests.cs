using PayFlow.Auth.Idempotency;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Vault;

namespace PayFlow.Auth.IntegrationTests.Payments;

/// <summary>Creates that come at once read in one round trip: each gets what is its own, and nobody another's card.</summary>
[Collection(OneWorld.Name)]
public sealed class GatheredReadsTests(World world) : HostedTests(world)
{
    private const int Many = 60;

    [Fact]
    public async Task Find_ManyAtOnce_EachGetsItsOwnKeyAndMethod()
    {
        using var stranger = await Host.NewMerchantAsync();
        var cards = await TokensAsync(Merchant, Many);
        var strange = await TokensAsync(stranger, 5);
        var account = Token(await Merchant.AccountTokenAsync());
        var paid = new List<(string Key, Id Token, string Payment)>();
        foreach (var (_, token) in cards.Take(5))
        {
            var key = MerchantClient.NewKey();
            paid.Add((key, token, (await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token.ToString()), key))["id"]!));
        }

        var lookup = Host.Get<CreateLookup>();
        var known = Task.WhenAll(paid.Select(each => FindAsync(each.Key, each.Token)));
        var own = Task.WhenAll(cards.Select(card => FindAsync(MerchantClient.NewKey(), card.Token)));
        var others = Task.WhenAll(strange.Select(card => FindAsync(MerchantClient.NewKey(), card.Token)));
        var debit = FindAsync(MerchantClient.NewKey(), account);

        Assert.Equal(paid.Select(each => (each.Key, each.Payment, (Id?)each.Token)), (await known).Select(found => (found.Known!.Name.Key, found.Known.PaymentId.ToString(), found.Method?.TokenId)));
        Assert.Equal(cards.Select(card => ((Id?)card.Token, card.Number[^4..])), (await own).Select(found => (found.Method?.TokenId, ((CardView)found.Method!).Last4)));
        Assert.All(await own, found => Assert.Null(found.Known));
        Assert.All(await others, found => Assert.Equal((null, null), found));
        Assert.Equal(account, Assert.IsType<BankAccountView>((await debit).Method).TokenId);

        Task<(KeyRow? Known, PaymentMethod? Method)> FindAsync(string key, Id token) =>
            lookup.FindAsync(new KeyName(Merchant.Merchant, Mode.Test, key), token, CancellationToken.None);
    }

    [Fact]
    public async Task Open_ManyAtOnce_EachGetsItsOwnCard()
    {
        var cards = await TokensAsync(Merchant, Many);
        var nobody = Id.New(IdPrefix.Token, Merchant.Merchant.Slot, TimeProvider.System.GetUtcNow());
        var vault = Host.Get<CardVault>();
        var unknown = vault.OpenCardAsync(nobody, CancellationToken.None);
        var opened = await Task.WhenAll(cards.Concat(cards).Select(card => vault.OpenCardAsync(card.Token, CancellationToken.None)));
        Assert.Equal(cards.Concat(cards).Select(card => card.Number), opened.Select(card => card.Number));
        await Assert.ThrowsAsync<InvalidOperationException>(() => unknown);
    }

    private static async Task<IReadOnlyList<(string Number, Id Token)>> TokensAsync(MerchantClient merchant, int count) => await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
    {
        var number = Cards.Fresh();
        return (number, Token(await merchant.TokenAsync(number)));
    }));

    private static Id Token(string id) => Id.Parse(IdPrefix.Token, id);
}
