using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Net.Client;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Common.V1;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Payments;

/// <summary>Whatever comes in, the answer is a problem that names every wrong field at once, and nothing has changed.</summary>
[Collection(OneSystem.Name)]
public sealed class BadInputTests(SharedSystem shared)
{
    [Theory]
    [InlineData("{", 400, "body")]
    [InlineData("[]", 400, "body")]
    [InlineData("""{"amount":{"amount":-5,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", 400, "amount.amount")]
    [InlineData("""{"amount":{"amount":0,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", 400, "amount.amount")]
    [InlineData("""{"amount":{"amount":99999999999999999999,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", 400, "amount.amount")]
    [InlineData("""{"amount":{"amount":1000000000000,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", 400, "amount.amount")]
    [InlineData("""{"amount":{"amount":15.5,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", 400, "amount.amount")]
    [InlineData("""{"amount":{"amount":1500,"currency":"XYZ"},"payment_method":{"type":"card","token":"TOKEN"}}""", 400, "amount.currency")]
    [InlineData("""{"amount":{"amount":"a lot","currency":7},"payment_method":"card"}""", 400, "amount.amount,amount.currency,payment_method")]
    [InlineData("""{"payment_method":{"type":"card"}}""", 400, "amount,payment_method.token")]
    [InlineData("""{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"},"amout":1}""", 400, "amout")]
    public async Task Create_WrongBody_NamesEveryFieldAndChangesNothing(string body, int status, string fields)
    {
        var before = await CountAsync();
        using var answer = await PostAsync("/v1/payments", body.Replace("TOKEN", await TokenAsync(), StringComparison.Ordinal), $"bad-{Unique.Id()}");
        var problem = await ProblemAsync(answer, status);
        var named = problem["errors"] is JsonArray { Count: > 0 } errors
            ? errors.Select(error => error!["param"]!.GetValue<string>()).Order().ToArray()
            : [problem["param"]!.GetValue<string>()];   // no field can be named in what is not JSON
        Assert.Equal(fields.Split(',').Order(), named);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task Create_NoIdempotencyKey_Is400()
    {
        var before = await CountAsync();
        var body = Body(await TokenAsync());
        using var answer = await PostAsync("/v1/payments", body, key: null);
        var problem = await ProblemAsync(answer, 400);
        Assert.Contains("dempotency", problem["param"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task Create_OneMegabyte_IsRefusedBeforeItIsRead()
    {
        using var answer = await PostAsync("/v1/payments", $$"""{"reference":"{{new string('x', 1 << 20)}}"}""", "big");
        await ProblemAsync(answer, 413);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sk_test_nobody")]
    [InlineData("Bearer")]
    public async Task AnyCall_UnknownKey_Is401(string key)
    {
        using var http = shared.System.Raw(key);
        using var answer = await http.GetAsync("/v1/payments");
        await ProblemAsync(answer, 401);
    }

    [Fact]
    public async Task AnyCall_AnotherMerchantsPayment_Is404AndUntouched()
    {
        using var client = shared.System.Client();
        var token = await TokenAsync();
        var payment = await client.PayAsync($"mine-{token}", token, 1500, "USD", capture: false, CancellationToken.None);
        using var channel = GrpcChannel.ForAddress(shared.System.Addresses.Auth);
        var stranger = await new Merchants.MerchantsClient(channel).CreateMerchantAsync(new CreateMerchantRequest { Name = "Stranger", Mode = Mode.Test });
        using var theirs = shared.System.Raw(stranger.ApiKey);

        using var read = await theirs.GetAsync($"/v1/payments/{payment["id"]}");
        using var history = await theirs.GetAsync($"/v1/payments/{payment["id"]}/history");
        using var capture = await PostAsync($"/v1/payments/{payment["id"]}/capture", "{}", "theirs", theirs);
        using var useToken = await PostAsync("/v1/payments", Body(token), "token", theirs);
        await ProblemAsync(read, 404);
        await ProblemAsync(history, 404);
        await ProblemAsync(capture, 404);
        Assert.True(useToken.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.NotFound, useToken.StatusCode.ToString());
        Assert.Equal("authorized", (await client.GetAsync($"/v1/payments/{payment["id"]}", CancellationToken.None))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Capture_OfADeclinedPayment_SaysWhyAndWhatIsAllowed()
    {
        using var client = shared.System.Client();
        var declined = await client.PayAsync($"declined-{Unique.Id()}", await client.TokenizeAsync("4000000000000002", CancellationToken.None), 1500, "USD", false, CancellationToken.None);
        using var answer = await PostAsync($"/v1/payments/{declined["id"]}/capture", "{}", $"capture-{declined["id"]}");
        var problem = await ProblemAsync(answer, 409);
        Assert.StartsWith("Cannot capture", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotEmpty(problem["allowed_actions"]!.AsArray());
    }

    [Theory]
    [InlineData("/internal/outbox", 401)]
    [InlineData("/internal/cutoff", 401)]
    [InlineData("/nowhere", 404)]
    [InlineData("/v1/nowhere", 404)]
    public async Task Gateway_NotAPublicRoute_IsRefused(string path, int status)
    {
        using var http = shared.System.Raw();
        using var answer = await http.GetAsync(path);
        await ProblemAsync(answer, status);
    }

    private static string Body(string token) => $$$"""{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card","token":"{{{token}}}"}}""";

    private async Task<string> TokenAsync()
    {
        using var client = shared.System.Client();
        return await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
    }

    private async Task<(int Payments, int Authorizations)> CountAsync()
    {
        var books = await shared.System.Books.ReadAsync(CancellationToken.None);
        return (books.Payments.Count, books.Authorizations.Count);
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string body, string? key, HttpClient? client = null)
    {
        using var own = client is null ? shared.System.Raw() : null;
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await (client ?? own!).SendAsync(request);
    }

    /// <summary>The problem document as it must be, whatever it is about.</summary>
    private static async Task<JsonObject> ProblemAsync(HttpResponseMessage answer, int status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!.AsObject();
        foreach (var field in (string[])["type", "title", "detail", "instance", "code", "request_id"])
            Assert.False(string.IsNullOrEmpty(problem[field]?.GetValue<string>()), $"{field} is missing in {text}");
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Equal(status is 429 or 503, problem["retryable"]!.GetValue<bool>());
        return problem;
    }
}
