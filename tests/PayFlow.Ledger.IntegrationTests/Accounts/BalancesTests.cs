using System.Net;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Ledger.IntegrationTests.Accounts;

public sealed class BalancesTests(LedgerFixture fixture) : IClassFixture<LedgerFixture>
{
    private readonly Asking _asking = new(fixture.Host);

    [Fact]
    public async Task GetBalances_OfTheCaller_AreByCurrency()
    {
        await _asking.AskAsync(
            _asking.Held(_asking.Receivable, _asking.Pending, 500),
            _asking.Posted(_asking.Receivable, _asking.Pending, 300),
            _asking.Posted(_asking.Receivable, _asking.Available, 200),
            _asking.Held(_asking.Available, Asking.Name("payout_clearing/wire"), 50),
            _asking.Posted(_asking.Available, Asking.Name($"merchant/{_asking.Merchant}/reserve"), 20),
            _asking.Posted(Asking.Name("acquirer_receivable/northbank", "EUR"), Asking.Name($"merchant/{_asking.Merchant}/pending", "EUR"), 7));

        var (status, body) = await GetAsync(_asking.Merchant, Mode.Test);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"data":[{"currency":"EUR","pending":7,"available":0,"reserve":0,"held":0},{"currency":"USD","pending":300,"available":130,"reserve":20,"held":500}]}""",
            body);
    }

    [Fact]
    public async Task GetBalances_OfTheOtherMode_AreApart()
    {
        var live = _asking.Available;
        live.Mode = Modes.Live;
        var liveReceivable = _asking.Receivable;
        liveReceivable.Mode = Modes.Live;
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 1), _asking.Posted(liveReceivable, live, 2));

        Assert.Contains("\"available\":1,", (await GetAsync(_asking.Merchant, Mode.Test)).Body, StringComparison.Ordinal);
        Assert.Contains("\"available\":2,", (await GetAsync(_asking.Merchant, Mode.Live)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetBalances_OfAMerchantWithoutAny_AreNone() => Assert.Equal((HttpStatusCode.OK, """{"data":[]}"""), await GetAsync(_asking.Merchant, Mode.Test));

    [Fact]
    public async Task GetBalances_WithoutIdentity_AreRefused()
    {
        using var answer = await fixture.Host.Http.GetAsync(new Uri("/v1/balances", UriKind.Relative));

        Assert.Equal((HttpStatusCode.Unauthorized, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task OpenApi_Document_HasNoFaults() => Assert.Empty(await ApiDocument.FaultsAsync(fixture.Host.Http));

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(Id merchant, Mode mode)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/balances");
        request.Headers.Add(InternalIdentity.Header, fixture.Host.Identity(merchant, mode));
        using var answer = await fixture.Host.Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
