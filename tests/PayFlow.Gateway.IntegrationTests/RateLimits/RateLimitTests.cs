using System.Net;
using PayFlow.Gateway.IntegrationTests.Support;
using PayFlow.Kernel;

namespace PayFlow.Gateway.IntegrationTests.RateLimits;

public sealed class RateLimitTests
{
    [Fact]
    public async Task Merchant_OverItsLimit_Is429WithRetryAfterAndOthersGoOn()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        gateway.Auth.Add("sk_test_slow", rateLimit: 5, merchant: Id.New(IdPrefix.Merchant, new Slot(7), time.GetUtcNow()));
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => gateway.GetAsync("/v1/payments", "sk_test_slow")));
        Assert.Equal(10, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));   // two seconds' worth at once
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
        {
            await GatewayUnderTest.ProblemAsync(answer, HttpStatusCode.TooManyRequests, "rate_limited");
        }

        Assert.Equal(10, gateway.Upstream.Requests.Count);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments", "sk_test_slow")).StatusCode);
    }

    [Fact]
    public async Task Administrator_OverTheLimit_Is429AndMerchantsGoOn()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new ManualTime());
        var answers = await Task.WhenAll(Enumerable.Range(0, 130).Select(_ => gateway.GetAsync("/admin/v1/merchants", FakeAuth.AdministratorKey)));
        Assert.Equal(100, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));   // two seconds' worth at once
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
        {
            await GatewayUnderTest.ProblemAsync(answer, HttpStatusCode.TooManyRequests, "rate_limited");
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
    }

    // A second key of the merchant is no second allowance.
    [Fact]
    public async Task Merchant_WithTwoKeys_HasOneLimit()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        gateway.Auth.Add("sk_test_one", rateLimit: 1);
        gateway.Auth.Add("sk_test_two", rateLimit: 1);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments", "sk_test_one")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments", "sk_test_two")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await gateway.GetAsync("/v1/payments", "sk_test_one")).StatusCode);
    }
}
