using System.Net;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;

namespace PayFlow.Ledger.IntegrationTests.Rest;

/// <summary>What administrators call.</summary>
public sealed class AdministrationTests : IClassFixture<LedgerFixture>
{
    private readonly LedgerFixture _fixture;
    private readonly Asking _asking;
    private readonly Calling _calling;

    public AdministrationTests(LedgerFixture fixture)
    {
        (_fixture, _asking) = (fixture, new Asking(fixture.Host));
        _calling = new Calling(fixture.Host, _asking.Merchant);
    }

    [Fact]
    public async Task Accounts_FrozenUnfrozenAndClosed_AreSo()
    {
        var account = _calling.Available();
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 5));

        var frozen = await _calling.PostAsync($"/admin/v1/accounts/{account}/freeze", new { reason = "a court says so" });
        Assert.Equal((HttpStatusCode.OK, "frozen"), (frozen.Status, frozen.Body.GetProperty("state").GetString()));
        Assert.Equal("debit_account_frozen", (await _calling.PostAsync("/v1/transfers", new { from = account, to = _calling.Wallet("a"), amount = new { amount = 5, currency = "USD" } }, "key-1")).Code);
        Assert.Equal("open", (await _calling.PostAsync($"/admin/v1/accounts/{account}/unfreeze", new { reason = "and says otherwise" })).Body.GetProperty("state").GetString());
        Assert.Equal("balance_not_zero", (await _calling.PostAsync($"/admin/v1/accounts/{account}/close", new { reason = "gone" })).Code);
        Assert.Equal(["reason"], (await _calling.PostAsync($"/admin/v1/accounts/{account}/close", new { })).WrongFields);
        Assert.Equal("administrator:ada", await _fixture.Host.SqlAsync("SELECT actor FROM account_changes ORDER BY number DESC LIMIT 1"));

        Assert.Equal([account], (await _calling.GetAsync($"/admin/v1/accounts?merchant={_asking.Merchant}&mode=test")).Ids);
        Assert.Equal("asset", (await _calling.GetAsync("/admin/v1/accounts/test.acquirer_receivable.northbank.USD")).Body.GetProperty("kind").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await _calling.GetAsync("/admin/v1/accounts/test.petty_cash.USD")).Status);
        Assert.Equal("account_not_owned", (await _calling.PostAsync("/admin/v1/accounts/test.acquirer_receivable.northbank.USD/freeze", new { reason = "x" })).Code);
    }

    [Fact]
    public async Task TrialBalance_OfBooksThatHold_HasEachCurrency()
    {
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 5));

        var trial = await _calling.GetAsync("/admin/v1/trial-balance");

        Assert.True(trial.Body.GetProperty("holds").GetBoolean());
        Assert.Equal("USD", trial.Body.GetProperty("lines")[0].GetProperty("currency").GetString());
    }

    [Fact]
    public async Task Administration_WithAMerchantsKey_IsRefused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/trial-balance");
        request.Headers.Add(PayFlow.ServiceDefaults.Identity.InternalIdentity.Header, _fixture.Host.Identity(_asking.Merchant, Mode.Test));
        using var answer = await _fixture.Host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}
