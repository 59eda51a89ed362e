using System.Net;
using Grpc.Core;
using PayFlow.Gateway.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.IntegrationTests.ApiKeys;

public sealed class ApiKeyTests
{
    private static readonly Func<CancellationToken, Task> Away = _ => throw new RpcException(new Status(StatusCode.Unavailable, "away"));

    [Fact]
    public async Task Key_Known_ReachesTheServiceAsASignedIdentityAndNotAsAKey()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var answer = await gateway.GetAsync("/v1/payments?limit=3");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var received = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("/v1/payments", "?limit=3"), (received.Path, received.Query));
        Assert.False(received.Headers.ContainsKey("Authorization"));
        Assert.DoesNotContain(received.Headers.Values.SelectMany(values => values), value => value.Contains(FakeAuth.Key, StringComparison.Ordinal));
        Assert.True(gateway.Identity.TryVerify(Assert.Single(received.Headers[InternalIdentity.Header]), out var caller));
        Assert.Equal((FakeAuth.MerchantId, 42, "key_1"), (caller.MerchantId, caller.Slot.Number, caller.KeyId));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("pk_test_0123456789")]
    [InlineData("sk_test_ü")]
    [InlineData("sk_test_a b")]
    public async Task Key_MissingOrNoKey_Is401AndNobodyIsAsked(string? key)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/payments");
        using var client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 }) { BaseAddress = gateway.Address };
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        var answer = await client.SendAsync(request);
        await GatewayUnderTest.ProblemAsync(answer, HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal(0, gateway.Auth.Asked);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Key_Unknown_Is401AndRememberedForAWhile()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        for (var i = 0; i < 3; i++)
        {
            await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments", "sk_test_nobody"), HttpStatusCode.Unauthorized, "unknown_api_key");
        }

        Assert.Equal(1, gateway.Auth.Asked);
        gateway.Auth.Add("sk_test_nobody");   // just made
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments", "sk_test_nobody")).StatusCode);
    }

    [Fact]
    public async Task Key_FiftyFirstRequestsAtOnce_AskOnce()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Auth.Instead = _ => Task.Delay(200, CancellationToken.None);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => gateway.GetAsync("/v1/payments")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1, gateway.Auth.Asked);
    }

    [Fact]
    public async Task Key_Revoked_EndsAfterAMinuteAtTheLatest()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        gateway.Auth.Revoke(FakeAuth.Key);
        time.Advance(TimeSpan.FromSeconds(60));
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments"), HttpStatusCode.Unauthorized, "unknown_api_key");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Key_RevokedAndTold_EndsAtOnceWhateverIsRemembered(bool everything)
    {
        var time = new ManualTime();   // it stands still: nothing runs out by itself
        await using var gateway = await GatewayUnderTest.StartAsync(time, ("Gateway:ApiKeys:ChangesEvery", "00:00:00.1"));
        gateway.Auth.Add("sk_test_other");
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments", "sk_test_other")).StatusCode);
        gateway.Auth.Revoke(FakeAuth.Key);
        if (everything)
        {
            gateway.Auth.Everything = true;
        }
        else
        {
            gateway.Auth.Tell(FakeAuth.Key);
        }

        await UntilAsync(async () => (await gateway.GetAsync("/v1/payments")).StatusCode == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments", "sk_test_other")).StatusCode);
    }

    [Fact]
    public async Task Key_MadeAndTold_WorksAtOnceThoughItWasUnknown()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new ManualTime(), ("Gateway:ApiKeys:ChangesEvery", "00:00:00.1"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.GetAsync("/v1/payments", "sk_test_new")).StatusCode);
        gateway.Auth.Add("sk_test_new");
        gateway.Auth.Tell("sk_test_new");
        await UntilAsync(async () => (await gateway.GetAsync("/v1/payments", "sk_test_new")).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Key_Expires_IsRefusedFromThatMomentAlsoWithoutAuth()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        gateway.Auth.Expire(FakeAuth.Key, time.GetUtcNow() + TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        gateway.Auth.Instead = Away;
        time.Advance(TimeSpan.FromSeconds(1));
        var ended = await gateway.GetAsync("/v1/payments");   // 401 when Auth was just being asked, else nobody can be
        Assert.True(ended.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.ServiceUnavailable, $"{ended.StatusCode}");
    }

    [Fact]
    public async Task Key_UsedAHundredTimes_IsToldOnceInAWhile()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new ManualTime(), ("Gateway:ApiKeys:UsesEvery", "00:00:01"));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => gateway.GetAsync("/v1/payments")));
        await UntilAsync(() => Task.FromResult(!gateway.Auth.Uses.IsEmpty));
        Assert.InRange(gateway.Auth.Uses.Count, 1, 3);   // once per time of telling, not once per request
        Assert.All(gateway.Auth.Uses, use => Assert.Equal("key_1", use.KeyId));
    }

    [Fact]
    public async Task Key_SoonToRunOut_IsAskedAboutWithoutARequestWaiting()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        await gateway.GetAsync("/v1/payments");
        var asked = new TaskCompletionSource();
        gateway.Auth.Instead = cancellationToken =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        };
        time.Advance(TimeSpan.FromSeconds(46));
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task AuthAway_KnownKeyGoesOn_UnknownKeyIs503()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        await gateway.GetAsync("/v1/payments");
        gateway.Auth.Instead = Away;
        for (var minute = 0; minute < 10; minute++)
        {
            time.Advance(TimeSpan.FromSeconds(60));
            Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        }

        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments", "sk_test_other"), HttpStatusCode.ServiceUnavailable, "unavailable");
        time.Advance(TimeSpan.FromMinutes(2));
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments"), HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task AuthBack_RevokedMeanwhile_IsRefusedSoon()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        await gateway.GetAsync("/v1/payments");
        gateway.Auth.Instead = Away;
        time.Advance(TimeSpan.FromSeconds(61));
        await gateway.GetAsync("/v1/payments");
        gateway.Auth.Revoke(FakeAuth.Key);
        gateway.Auth.Instead = null;
        time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 100; i++)
        {
            if ((await gateway.GetAsync("/v1/payments")).StatusCode == HttpStatusCode.Unauthorized)
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("The revoked key went on.");
    }

    [Fact]
    public async Task AuthProcess_KilledAndBack_KeysAreCheckedAgain()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        await gateway.Upstream.StopAsync();
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments"), HttpStatusCode.ServiceUnavailable, "unavailable");
        await gateway.Upstream.StartAgainAsync();
        for (var i = 0; i < 100; i++)
        {
            if ((await gateway.GetAsync("/v1/payments")).StatusCode == HttpStatusCode.OK)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail("Auth was not found again.");
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 100; i++)
        {
            if (await holds())
            {
                return;
            }

            await Task.Delay(50);
        }

        Assert.Fail("What was waited for did not happen.");
    }

    [Fact]
    public async Task Keys_FloodOfMadeUpOnes_AskOnlySoManyAtOnceAndKnownKeysGoOn()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(settings: ("Gateway:ApiKeys:AskedAtOnce", "4"));
        await gateway.GetAsync("/v1/payments");
        var release = new TaskCompletionSource();
        gateway.Auth.Instead = _ => release.Task;
        var flood = Enumerable.Range(0, 40).Select(i => gateway.GetAsync("/v1/payments", $"sk_test_{i}")).ToList();
        Assert.Equal(HttpStatusCode.OK, (await gateway.GetAsync("/v1/payments")).StatusCode);
        for (var i = 0; i < 500 && (flood.Count(answer => answer.IsCompleted) < 30 || gateway.Auth.Asked < 5); i++)
        {
            await Task.Delay(20);
        }

        Assert.Equal(5, gateway.Auth.Asked);   // the known key's, and four
        release.SetResult();
        var statuses = (await Task.WhenAll(flood)).Select(answer => answer.StatusCode).ToList();
        Assert.Contains(HttpStatusCode.ServiceUnavailable, statuses);
        Assert.DoesNotContain(HttpStatusCode.OK, statuses);
    }
}
