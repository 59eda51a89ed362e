using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.ServiceDefaults.UnitTests.Problems;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Requests;

public sealed class RequestBodyTests
{
    private static void Map(WebApplication app)
    {
        app.MapPost("/needed", (HttpRequest request, CancellationToken cancellationToken) => AnswerAsync(RequestBody.ReadAsync(request, body => body.OptionalString("text"), cancellationToken)))
            .Accepts<object>("application/json");
        app.MapPost("/optional", (HttpRequest request, CancellationToken cancellationToken) => AnswerAsync(RequestBody.ReadOptionalAsync(request, body => body.OptionalString("text"), cancellationToken)))
            .Accepts<object>("application/json");
    }

    private static async Task<IResult> AnswerAsync(Task<Kernel.Result<string?>> reading) =>
        (await reading).TryGet(out var text, out var refusal) ? Results.Text(text ?? "nothing") : Problem.From(refusal);

    [Theory]
    [InlineData("/needed", "{\"text\":\"a\"}", "a")]
    [InlineData("/needed", "{}", "nothing")]
    [InlineData("/optional", "{\"text\":\"a\"}", "a")]
    public async Task Read_JsonBody_IsRead(string path, string body, string expected)
    {
        await using var service = await TestService.StartAsync(Map);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        Assert.Equal(expected, await (await service.Client.PostAsync(path, content)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ReadOptional_NoBodyAndNoContentType_IsEmpty()
    {
        await using var service = await TestService.StartAsync(Map);
        Assert.Equal("nothing", await (await service.Client.PostAsync("/optional", content: null)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Read_NoBody_IsAProblemAboutTheBody()
    {
        await using var service = await TestService.StartAsync(Map);
        using var problem = await ProblemTests.ProblemAsync(await service.Client.PostAsync("/needed", content: null), HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal("body", problem.RootElement.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Read_BodyWithoutContentType_IsTakenForJson()
    {
        await using var service = await TestService.StartAsync(Map);
        using var content = new ByteArrayContent("{}"u8.ToArray());
        Assert.Equal(HttpStatusCode.OK, (await service.Client.PostAsync("/needed", content)).StatusCode);
    }

    [Fact]
    public async Task Read_LargestBody_IsRead()
    {
        await using var service = await TestService.StartAsync(Map);
        using var content = new StringContent("{}" + new string(' ', BodyLimit.Bytes - 2), Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await service.Client.PostAsync("/needed", content)).StatusCode);
    }
}
