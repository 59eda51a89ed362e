using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.OpenApi;

public sealed class ApiDocumentTests
{
    private sealed record Ask(Money Amount, Id? Token, DateTimeOffset? At);

    private sealed record Answer(Id Id, Money Amount, Mode Mode, Currency Currency, DateTimeOffset CreatedAt);

    private static void MapWell(WebApplication app)
    {
        app.MapPost("/v1/things", (HttpRequest request) => Results.Ok())
            .WithName("create_thing").WithSummary("Create a thing").WithTags("Things")
            .Accepts<Ask>("application/json").Produces<Answer>(201)
            .WithExample("""{"amount":{"amount":1500,"currency":"USD"}}""")
            .RequiresIdempotencyKey();
        app.MapGet("/v1/things", () => Results.Ok())
            .WithName("list_things").WithSummary("List things").WithTags("Things").Produces<Answer[]>().WithQuery("limit", "1 to 100.");
        app.MapPost("/internal/cutoff", () => Results.Ok());
    }

    [Fact]
    public async Task Faults_DescribedWell_AreNone()
    {
        await using var service = await TestService.StartAsync(MapWell);
        Assert.Empty(await ApiDocument.FaultsAsync(service.Client));
    }

    [Fact]
    public async Task Faults_DescribedBadly_AreAllTold()
    {
        await using var service = await TestService.StartAsync(app =>
        {
            app.MapGet("/v1/nothing", () => Results.Ok());
            app.MapPost("/v1/body", () => Results.Ok()).WithName("body").WithSummary("Body").WithTags("Things").Accepts<Ask>("application/json").Produces<Answer>();
        });
        var faults = await ApiDocument.FaultsAsync(service.Client);
        Assert.Contains("GET /v1/nothing: no operationId", faults);
        Assert.Contains("GET /v1/nothing: no summary", faults);
        Assert.Contains("GET /v1/nothing: no response with a schema", faults);
        Assert.Contains("POST /v1/body: a body without schema or example", faults);
    }

    [Fact]
    public async Task Faults_NoOperations_IsAFault()
    {
        await using var service = await TestService.StartAsync(_ => { });
        Assert.Equal(["no operations"], await ApiDocument.FaultsAsync(service.Client));
    }

    [Fact]
    public async Task Document_OfAService_SaysWhatTheApiSpeaks()
    {
        await using var service = await TestService.StartAsync(MapWell);
        using var document = JsonDocument.Parse(await service.Client.GetStringAsync("/openapi/v1.json"));
        var root = document.RootElement;
        Assert.Equal(["/v1/things"], root.GetProperty("paths").EnumerateObject().Select(path => path.Name));

        var create = root.GetProperty("paths").GetProperty("/v1/things").GetProperty("post");
        Assert.Equal(1500, create.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example").GetProperty("amount").GetProperty("amount").GetInt32());
        Assert.Contains(create.GetProperty("parameters").EnumerateArray(), header => header.GetProperty("name").GetString() == "Idempotency-Key" && header.GetProperty("required").GetBoolean());
        Assert.Equal("#/components/schemas/Problem", create.GetProperty("responses").GetProperty("4XX").GetProperty("content").GetProperty("application/problem+json").GetProperty("schema").GetProperty("$ref").GetString());

        var schemas = root.GetProperty("components").GetProperty("schemas");
        Assert.True(schemas.GetProperty("Problem").GetProperty("properties").TryGetProperty("request_id", out _));
        var answer = schemas.GetProperty("Answer").GetProperty("properties");
        Assert.True(answer.TryGetProperty("created_at", out _));
        Assert.Equal("string", Resolve(root, answer.GetProperty("id")).GetProperty("type").GetString());
        Assert.Equal("string", Resolve(root, answer.GetProperty("currency")).GetProperty("type").GetString());
        Assert.Equal("integer", Resolve(root, answer.GetProperty("amount")).GetProperty("properties").GetProperty("amount").GetProperty("type").GetString());
        Assert.Equal(["test", "live"], Resolve(root, answer.GetProperty("mode")).GetProperty("enum").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal("bearer", root.GetProperty("components").GetProperty("securitySchemes").GetProperty("api_key").GetProperty("scheme").GetString());
    }

    private static JsonElement Resolve(JsonElement root, JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference)
            ? root.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;
}
