using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using PayFlow.Gateway.IntegrationTests.Support;

namespace PayFlow.Gateway.IntegrationTests.Documentation;

public sealed class DocsTests
{
    private const string Document =
        """
        {"openapi":"3.1.1","paths":{
          "/v1/payments":{"post":{"operationId":"create_payment","summary":"Create a payment","tags":["Payments"],"description":"<img src=x onerror=alert(1)>",
            "parameters":[{"name":"Idempotency-Key","in":"header","required":true,"schema":{"type":"string"}}],
            "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Payment"},"example":{"amount":{"amount":1500,"currency":"USD"}}}}},
            "responses":{"201":{"description":"Created","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Payment"}}}}}}},
          "/v1/payments/{id}":{"get":{"operationId":"get_payment","summary":"Get a payment","tags":["Payments"],"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"OK"}}}}},
         "components":{"schemas":{"Payment":{"type":"object","required":["id"],"properties":{"id":{"type":"string"},"status":{"enum":["authorized","declined"]}}}}}}
        """;

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/openapi/v1.json")
        {
            await context.Response.WriteAsync(Document);
        }
        else
        {
            context.Response.StatusCode = 201;
            await context.Response.WriteAsJsonAsync(new { id = "pay_1", status = "authorized" });
        }
    }

    [Fact]
    public async Task OpenApi_AllServices_AreMergedWithoutAKeyAndKept()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Upstream.Answer = AnswerAsync;
        for (var i = 0; i < 3; i++)
        {
            var merged = await gateway.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
            Assert.Equal(2, merged.GetProperty("paths").EnumerateObject().Count());
            Assert.Empty(merged.GetProperty("x-payflow-away").EnumerateArray());
        }

        Assert.Equal(4, gateway.Upstream.Requests.Count);   // each service once
    }

    [Fact]
    public async Task OpenApi_ServicesGoAway_SaysWhichAndKeepsWhatWasKnown()
    {
        var time = new ManualTime();
        await using var gateway = await GatewayUnderTest.StartAsync(time);
        gateway.Upstream.Answer = context => context.Request.Path == "/openapi/v1.json" ? context.Response.WriteAsync("no json") : Task.CompletedTask;
        var nothing = await gateway.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.Equal(["auth", "ledger", "batch", "reconciler"], nothing.GetProperty("x-payflow-away").EnumerateArray().Select(name => name.GetString()));
        Assert.Empty(nothing.GetProperty("paths").EnumerateObject());

        gateway.Upstream.Answer = AnswerAsync;
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty((await gateway.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("x-payflow-away").EnumerateArray());

        await gateway.Upstream.StopAsync();
        time.Advance(TimeSpan.FromSeconds(30));
        var remembered = await gateway.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.Equal(4, remembered.GetProperty("x-payflow-away").GetArrayLength());
        Assert.Equal(2, remembered.GetProperty("paths").EnumerateObject().Count());
    }

    [Fact]
    public async Task Page_Headers_AllowNothingFromElsewhere()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        foreach (var path in new[] { "/docs", "/docs/page.js", "/docs/page.css", "/docs/icon.svg" })
        {
            var answer = await gateway.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.DoesNotContain("http", (await answer.Content.ReadAsStringAsync()).Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);

            using var again = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { EntityTagHeaderValue.Parse(answer.Headers.ETag!.Tag) } } };
            Assert.Equal(HttpStatusCode.NotModified, (await gateway.Client.SendAsync(again)).StatusCode);
        }

        Assert.Equal("/docs", (await gateway.GetAsync("/")).Headers.Location?.ToString());
    }

    [ChromiumFact]
    public async Task Page_TryIt_SendsTheRequestAndShowsTheAnswer()
    {
        await using var gateway = await GatewayUnderTest.StartAsync();
        gateway.Upstream.Answer = AnswerAsync;
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(ChromiumFactAttribute.Options);
        var page = await browser.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.Dialog += (_, dialog) => complaints.Add(dialog.Message);

        await page.GotoAsync(new Uri(gateway.Address, "/docs").ToString());
        await page.WaitForSelectorAsync("html[data-ready=true]");
        Assert.Equal(["Create a payment", "Get a payment"], await page.Locator("article h3").AllTextContentsAsync());
        await page.FillAsync("#key", FakeAuth.Key);
        var create = page.Locator("#create_payment");
        Assert.Contains("<img src=x", await create.TextContentAsync(), StringComparison.Ordinal);   // text, not markup
        await create.Locator("button").ClickAsync();
        await create.Locator(".status").Filter(new() { HasText = "201" }).WaitForAsync();
        Assert.Contains("\"authorized\"", await create.Locator(".answer").TextContentAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);

        var sent = gateway.Upstream.Requests.Last();
        Assert.Equal(("POST", "/v1/payments"), (sent.Method, sent.Path));
        Assert.Equal(1500, JsonDocument.Parse(sent.Body).RootElement.GetProperty("amount").GetProperty("amount").GetInt32());
        Assert.StartsWith("docs-", sent.Headers["Idempotency-Key"].Single(), StringComparison.Ordinal);

        var get = page.Locator("#get_payment");
        await get.Locator("input[name=id]").FillAsync("pay/1");
        await get.Locator("button").ClickAsync();
        await get.Locator(".status").Filter(new() { HasText = "201" }).WaitForAsync();
        Assert.Equal("/v1/payments/pay%2F1", gateway.Upstream.Requests.Last().Path);
    }
}
