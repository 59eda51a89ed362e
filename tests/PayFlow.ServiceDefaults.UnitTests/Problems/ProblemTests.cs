using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Problems;

public sealed class ProblemTests
{
    [Fact]
    public async Task UnknownRoute_Get_IsA404Problem()
    {
        await using var service = await TestService.StartAsync(_ => { });
        using var problem = await ProblemAsync(await service.Client.GetAsync("/nowhere"), HttpStatusCode.NotFound, "unknown_route");
        Assert.Equal("/nowhere", problem.RootElement.GetProperty("instance").GetString());
    }

    [Fact]
    public async Task WrongMethod_Delete_IsA405ProblemThatSaysWhatIsOffered()
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/thing", () => "thing"));
        var response = await service.Client.DeleteAsync("/thing");
        using var problem = await ProblemAsync(response, HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Equal("GET", response.Content.Headers.Allow.Single());
    }

    [Fact]
    public async Task WrongContentType_Post_IsA415Problem()
    {
        await using var service = await TestService.StartAsync(MapEcho);
        using var body = new StringContent("amount=1", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var problem = await ProblemAsync(await service.Client.PostAsync("/echo", body), HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [InlineData(BodyLimit.Bytes + 1)]
    [InlineData(1024 * 1024)]
    [InlineData(20 * 1024 * 1024)]
    public async Task LargeBody_Post_IsA413Problem(int bytes)
    {
        await using var service = await TestService.StartAsync(MapEcho);
        using var body = new ByteArrayContent(new byte[bytes]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = body };
        request.Headers.ExpectContinue = bytes > 8 * 1024 * 1024;   // a client that asks first is told without sending
        using var problem = await ProblemAsync(await service.Client.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Theory]
    [InlineData(1024 * 1024, HttpStatusCode.OK)]
    [InlineData((1024 * 1024) + 1, HttpStatusCode.RequestEntityTooLarge)]
    public async Task LargeBody_EndpointWithALimitOfItsOwn_IsTakenUpToIt(int bytes, HttpStatusCode status)
    {
        await using var service = await TestService.StartAsync(app => app
            .MapPost("/file", async (HttpRequest request) => { await request.Body.CopyToAsync(Stream.Null); return Results.Ok(); })
            .WithMetadata(new RequestSizeLimitAttribute(1024 * 1024)));
        using var body = new ByteArrayContent(new byte[bytes]);
        var response = await service.Client.PostAsync("/file", body);
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task LargeChunkedBody_Post_IsA413Problem()
    {
        await using var service = await TestService.StartAsync(MapEcho);
        using var body = new StreamContent(new MemoryStream(new byte[1024 * 1024])) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = body };
        request.Headers.TransferEncodingChunked = true;
        using var problem = await ProblemAsync(await service.Client.SendAsync(request), HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    [Fact]
    public async Task UnexpectedException_Get_IsA500ProblemWithoutDetails()
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/bug", string () => throw new InvalidOperationException("secret inside")));
        var response = await service.Client.GetAsync("/bug");
        using var problem = await ProblemAsync(response, HttpStatusCode.InternalServerError, "internal_error");
        Assert.False(problem.RootElement.GetProperty("retryable").GetBoolean());
        Assert.DoesNotContain("secret", problem.RootElement.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(service.Logs.All, line => line.Contains("secret inside", StringComparison.Ordinal) && line.Contains(problem.RootElement.GetProperty("request_id").GetString()!, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Refusal_EveryKind_HasItsStatus(RefusalKind kind, int status)
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/refused", () => Problem.From(new Refusal(kind, "some_code", "Some message."))));
        var response = await service.Client.GetAsync("/refused");
        using var problem = await ProblemAsync(response, (HttpStatusCode)status, "some_code");
        Assert.Equal(kind is RefusalKind.RateLimited or RefusalKind.Unavailable, problem.RootElement.GetProperty("retryable").GetBoolean());
        Assert.Equal(kind is RefusalKind.RateLimited or RefusalKind.Unavailable, response.Headers.RetryAfter is not null);
    }

    [Fact]
    public async Task Refusal_WithErrorsAndExtensions_WritesAllOfThem()
    {
        var refusal = Refusal.Invalid([new("amount.currency", "unknown_currency", "It's not one."), new("capture", "wrong_type", "No.")]) with { RetryAfter = TimeSpan.FromMilliseconds(1500) };
        await using var service = await TestService.StartAsync(app =>
            app.MapGet("/refused", () => Problem.From(refusal, new Dictionary<string, object?> { ["allowed_actions"] = new[] { new { Action = "capture", Allowed = true } } })));
        var response = await service.Client.GetAsync("/refused");
        using var problem = await ProblemAsync(response, HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal("amount.currency", problem.RootElement.GetProperty("param").GetString());
        Assert.Equal("It's not one.", problem.RootElement.GetProperty("errors")[0].GetProperty("message").GetString());
        Assert.Equal("wrong_type", problem.RootElement.GetProperty("errors")[1].GetProperty("code").GetString());
        Assert.Equal("capture", problem.RootElement.GetProperty("allowed_actions")[0].GetProperty("action").GetString());
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter?.Delta);
    }

    public static TheoryData<RefusalKind, int> Kinds()
    {
        var data = new TheoryData<RefusalKind, int>();
        foreach (var kind in Enum.GetValues<RefusalKind>())
        {
            data.Add(kind, RefusalStatus.Http(kind));
        }

        return data;
    }

    [Fact]
    public void RefusalStatus_AllKinds_DifferInHttpAndGrpc()
    {
        var kinds = Enum.GetValues<RefusalKind>();
        Assert.Equal([400, 401, 403, 404, 409, 422, 413, 429, 503], kinds.Select(RefusalStatus.Http));
        Assert.Equal(kinds.Length, kinds.Select(RefusalStatus.Grpc).Distinct().Count());
    }

    private static void MapEcho(WebApplication app) => app.MapPost("/echo", async (HttpRequest request, CancellationToken cancellationToken) =>
    {
        var read = await RequestBody.ReadAsync(request, body => body.String("text"), cancellationToken);
        return read.TryGet(out var text, out var refusal) ? Results.Ok(text) : Problem.From(refusal);
    }).Accepts<object>("application/json");

    internal static async Task<JsonDocument> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var document = (await response.Content.ReadFromJsonAsync<JsonDocument>())!;
        var problem = document.RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"urn:payflow:problem:{code}", problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.Equal(response.Headers.GetValues("X-Correlation-Id").Single(), problem.GetProperty("request_id").GetString());
        return document;
    }
}
