using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PayFlow.Gateway.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.IntegrationTests.Forwarding;

public sealed class ForwardingTests
{
    [Theory]
    [InlineData("GET", "/v1/payments")]
    [InlineData("POST", "/v1/payments/pay_1/capture")]
    [InlineData("POST", "/v1/tokens")]
    [InlineData("GET", "/v1/idempotency/a%20key")]
    [InlineData("GET", "/v1/batches/2026-11-21")]
    [InlineData("GET", "/v1/reconciliation/exceptions")]
    [InlineData("GET", "/v1/balances")]
    public async Task PublicPath_Asked_IsForwarded(string method, string path)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.SendAsync(request)).StatusCode);
        Assert.Equal(Uri.UnescapeDataString(path), Assert.Single(gateway.Upstream.Requests).Path);
    }

    [Theory]
    [InlineData("DELETE", "/v1/payments/pay_1")]
    [InlineData("GET", "/v1/tokens")]
    public async Task PublicPath_OtherMethod_Is405(string method, string path)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        await GatewayUnderTest.ProblemAsync(await gateway.Client.SendAsync(request), HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Theory]
    [InlineData("/internal/cutoff")]
    [InlineData("/INTERNAL/cutoff")]
    [InlineData("/v1/payments/../../internal/cutoff")]
    [InlineData("/v1/payments/%2e%2e/%2e%2e/internal/cutoff")]
    [InlineData("/v1/payments/..%2f..%2finternal/cutoff")]
    [InlineData("/v1/payments/..%5c..%5cinternal/cutoff")]
    [InlineData("//internal/cutoff")]
    [InlineData("/v1//internal/cutoff")]
    [InlineData("/v1/paymentsinternal")]
    [InlineData("/v1/nothing")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task OtherPath_Raw_NeverReachesAServiceAsInternal(string path)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var answer = await RawAsync(gateway.Address, $"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {FakeAuth.Key}\r\nX-Ops-Key: guess\r\nConnection: close\r\n\r\n");
        Assert.All(gateway.Upstream.Requests, request => Assert.StartsWith("/v1/payments/", request.Path, StringComparison.Ordinal));
        Assert.True(gateway.Upstream.Requests.IsEmpty ? answer.Contains(" 40", StringComparison.Ordinal) : answer.Contains(" 200 ", StringComparison.Ordinal), answer);
        Assert.All(gateway.Upstream.Requests, request => Assert.False(request.Headers.ContainsKey("X-Ops-Key")));
    }

    [Fact]
    public async Task UnknownV1Path_Get_IsA404Problem()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/nothing"), HttpStatusCode.NotFound, "unknown_route");
    }

    [Theory]
    [InlineData("X-PayFlow-Identity")]
    [InlineData("x-payflow-identity")]
    [InlineData("X-PayFlow-Anything")]
    [InlineData("X-Ops-Key")]
    [InlineData("Cookie")]
    [InlineData("baggage")]
    public async Task InternalHeader_SentByTheClient_IsStripped(string header)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        await RawAsync(
            gateway.Address,
            $"GET /v1/payments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {FakeAuth.Key}\r\n{header}: smuggled=1\r\n{header}: smuggled=2\r\nConnection: close, {InternalIdentity.Header}\r\n\r\n");
        var received = Assert.Single(gateway.Upstream.Requests);
        Assert.DoesNotContain(received.Headers.SelectMany(pair => pair.Value), value => value.Contains("smuggled", StringComparison.Ordinal));
        Assert.True(gateway.Identity.TryVerify(Assert.Single(received.Headers[InternalIdentity.Header]), out _));
    }

    [Fact]
    public async Task Request_Post_ArrivesWhole()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Upstream.Answer = context =>
        {
            context.Response.StatusCode = 201;
            context.Response.Headers["Idempotent-Replayed"] = "true";
            context.Response.Headers.Location = "/v1/payments/pay_1";
            context.Response.Headers["X-Correlation-Id"] = "the service's own";
            return context.Response.WriteAsync("{\"id\":\"pay_1\"}");
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payments") { Content = new StringContent("{\"amount\":1}", Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", "key-1");
        request.Headers.Add("Prefer", "respond-async");
        request.Headers.Add("X-Correlation-Id", "mine");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        var answer = await gateway.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.Created, "{\"id\":\"pay_1\"}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(("true", "mine", "/v1/payments/pay_1"), (answer.Headers.GetValues("Idempotent-Replayed").Single(), answer.Headers.GetValues("X-Correlation-Id").Single(), answer.Headers.Location?.ToString()));
        var received = Assert.Single(gateway.Upstream.Requests);
        Assert.Equal(("POST", "{\"amount\":1}"), (received.Method, received.Body));
        Assert.Equal(("key-1", "respond-async", "mine"), (received.Headers["Idempotency-Key"][0], received.Headers["Prefer"][0], received.Headers["X-Correlation-Id"].Single()));
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", received.Headers["traceparent"].Single(), StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", received.Headers["X-Forwarded-For"].Single());
    }

    [Theory]
    [InlineData(1024 * 1024, false)]
    [InlineData(1024 * 1024, true)]
    public async Task Body_OneMegabyte_IsA413ProblemAndReachesNobody(int bytes, bool chunked)
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payments") { Content = new StreamContent(new MemoryStream(new byte[bytes])) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        await GatewayUnderTest.ProblemAsync(await gateway.Client.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Service_Away_IsA503Problem()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        await gateway.GetAsync("/v1/payments");
        await gateway.Upstream.StopAsync();
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments"), HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task Service_DiesInTheMiddle_IsA503Problem()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Upstream.Answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments"), HttpStatusCode.ServiceUnavailable, "unavailable");
    }

    [Fact]
    public async Task Service_Silent_IsA504Problem()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(settings: ("Gateway:Forwarding:Silence", "00:00:00.300"));
        gateway.Upstream.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await GatewayUnderTest.ProblemAsync(await gateway.GetAsync("/v1/payments"), HttpStatusCode.GatewayTimeout, "timeout");
    }

    [Fact]
    public async Task Service_AnswersAProblem_IsHandedOnAsItIs()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Upstream.Answer = context =>
        {
            context.Response.StatusCode = 409;
            context.Response.ContentType = "application/problem+json";
            return context.Response.WriteAsync("{\"code\":\"illegal_action\"}");
        };
        var answer = await gateway.GetAsync("/v1/payments/pay_1");
        Assert.Equal((HttpStatusCode.Conflict, "{\"code\":\"illegal_action\"}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Service_Streams_ArrivesUnbuffered()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var goOn = new TaskCompletionSource();
        gateway.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await goOn.Task.WaitAsync(context.RequestAborted);
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/payments");
        using var answer = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10)));
        goOn.SetResult();
    }

    [Fact]
    public async Task Headers_TooMany_AreRefusedAndNobodyIsAsked()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var headers = string.Concat(Enumerable.Range(0, 200).Select(i => $"X-H{i}: v\r\n"));
        Assert.Contains(" 431 ", await RawAsync(gateway.Address, $"GET /v1/payments HTTP/1.1\r\nHost: x\r\n{headers}\r\n"), StringComparison.Ordinal);
        Assert.Empty(gateway.Upstream.Requests);
    }

    [Fact]
    public async Task Health_ServiceAway_IsDegradedAndStill200()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        var well = await gateway.Client.GetFromJsonAsync<JsonElement>("/health");
        Assert.Equal("healthy", well.GetProperty("status").GetString());
        await gateway.Upstream.StopAsync();
        var answer = await gateway.GetAsync("/health");
        var worse = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.OK, "degraded", "degraded"), (answer.StatusCode, worse.GetProperty("status").GetString(), worse.GetProperty("checks").GetProperty("ledger").GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData("services:batch:http:0")]
    [InlineData("services:auth:grpc:0")]
    public async Task Start_AddressMissing_FailsAndNamesIt(string key)
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayUnderTest.StartAsync(settings: (key, null)));
        Assert.Contains(key, failure.Message, StringComparison.Ordinal);
    }

    private static async Task<string> RawAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
    }
}
