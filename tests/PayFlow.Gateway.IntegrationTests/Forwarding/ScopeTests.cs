using System.Net;
using PayFlow.Gateway.Forwarding;
using PayFlow.Gateway.IntegrationTests.Support;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.IntegrationTests.Forwarding;

public sealed class ScopeTests
{
    private const string Limited = "sk_test_limited";

    public static TheoryData<string, string, string> Calls()
    {
        var calls = new TheoryData<string, string, string>();
        foreach (var route in PublicRoutes.All.Where(route => Scopes.All.Contains(route.Scope)))
        {
            calls.Add(route.Method, Address(route), route.Scope);
        }

        return calls;
    }

    public static TheoryData<string, string> Administration()
    {
        var calls = new TheoryData<string, string>();
        foreach (var route in PublicRoutes.All.Where(route => route.Scope == PublicRoutes.Administrators))
        {
            calls.Add(route.Method, Address(route));
        }

        return calls;
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_WithEveryScopeButItsOwn_Is403AndReachesNobody(string method, string path, string scope)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Auth.Add(Limited, scopes: [.. Scopes.All.Except([scope])]);
        var problem = await GatewayUnderTest.ProblemAsync(await SendAsync(gateway, method, path), HttpStatusCode.Forbidden, "insufficient_scope");
        Assert.Equal(scope, problem.GetProperty("required_scope").GetString());
        Assert.Contains(scope, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Call_WithNoScopeButItsOwn_IsForwarded(string method, string path, string scope)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Auth.Add(Limited, scopes: [scope]);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(gateway, method, path)).StatusCode);
        Assert.True(gateway.Identity.TryVerify(Assert.Single(gateway.Upstream.Requests).Headers[InternalIdentity.Header].Single(), out var caller));
        Assert.Equal([scope], caller.Scopes);
    }

    [Theory]
    [MemberData(nameof(Administration))]
    public async Task Administration_MerchantsKey_Is401AndAnAdministratorsIsForwarded(string method, string path)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Auth.Add(Limited);
        await GatewayUnderTest.ProblemAsync(await SendAsync(gateway, method, path), HttpStatusCode.Unauthorized, "unauthenticated");
        await GatewayUnderTest.ProblemAsync(await SendAsync(gateway, method, path, "ak_nobody"), HttpStatusCode.Unauthorized, "unknown_api_key");
        Assert.Empty(gateway.Upstream.Requests);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(gateway, method, path, FakeAuth.AdministratorKey)).StatusCode);
        var headers = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.True(gateway.Identity.TryVerifyAdministrator(headers[InternalIdentity.AdministratorHeader].Single(), out var administrator));
        Assert.Equal("administrator:ada", administrator.Actor);
        Assert.False(headers.ContainsKey(InternalIdentity.Header));
    }

    [Fact]
    public async Task Payers_WithoutAKey_ComeThroughAsNobody()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var browser = new HttpClient { BaseAddress = gateway.Address };
        foreach (var route in PublicRoutes.All.Where(route => route.Scope == PublicRoutes.Payers))
        {
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(new Uri(Address(route), UriKind.Relative))).StatusCode);
        }

        var headers = Assert.Single(gateway.Upstream.Requests).Headers;
        Assert.False(headers.ContainsKey(InternalIdentity.Header) || headers.ContainsKey(InternalIdentity.AdministratorHeader));
    }

    [Fact]
    public async Task Call_AdministratorsKey_IsNoMerchants()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        await GatewayUnderTest.ProblemAsync(await SendAsync(gateway, "GET", "/v1/payments", FakeAuth.AdministratorKey), HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Identity_OfAMerchantSentAsAnAdministrators_IsNone()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var merchants = gateway.Identity.Sign(new Caller(FakeAuth.MerchantId, Mode.Test, FakeAuth.MerchantId.Slot, "key_1", []));
        Assert.False(gateway.Identity.TryVerifyAdministrator(merchants, out _));
        Assert.False(gateway.Identity.TryVerify(gateway.Identity.Sign(new Administrator("ada")), out _));
    }

    [Fact]
    public void Table_EveryScope_IsOneThatAKeyCanHave() =>
        Assert.Empty(PublicRoutes.All.Select(route => route.Scope).Except([.. Scopes.All, PublicRoutes.Administrators, PublicRoutes.Payers]));

    private static string Address(PublicRoute route) => route.Path.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    private static Task<HttpResponseMessage> SendAsync(GatewayUnderTest gateway, string method, string path, string key = Limited)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        return gateway.Client.SendAsync(request);
    }
}
