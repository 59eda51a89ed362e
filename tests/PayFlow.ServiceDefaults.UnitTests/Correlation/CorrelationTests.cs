using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PayFlow.ServiceDefaults.Correlation;
using PayFlow.ServiceDefaults.Http;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Correlation;

public sealed class CorrelationTests
{
    [Theory]
    [InlineData("order-17_retry", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\"b", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123", true)]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234", false)]
    public async Task Request_WithAnId_KeepsItWhenSane(string sent, bool kept)
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/id", () => CorrelationId.Current));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/id");
        request.Headers.TryAddWithoutValidation(CorrelationId.Header, sent);
        var answer = await service.Client.SendAsync(request);
        var echoed = answer.Headers.GetValues(CorrelationId.Header).Single();
        Assert.Equal(kept, echoed == sent);
        Assert.True(CorrelationId.IsSane(echoed));
        Assert.Equal(echoed, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_WithoutAnId_GetsItsOwn()
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/id", () => CorrelationId.Current));
        var ids = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await service.Client.GetStringAsync("/id"));
        }

        Assert.Equal(20, ids.Count);
        Assert.Null(CorrelationId.Current);
    }

    [Fact]
    public async Task HttpClient_ToAnotherService_HandsTheIdOn()
    {
        await using var other = await TestService.StartAsync(app => app.MapGet("/id", () => CorrelationId.Current));
        await using var service = await TestService.StartAsync(
            app => app.MapGet("/ask", async (IHttpClientFactory clients) => await clients.CreateClient("other").GetStringAsync("/id")),
            builder => builder.AddServiceHttpClient("other"),
            ("services:other:http:0", other.Http.ToString()));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/ask") { Headers = { { CorrelationId.Header, "mine" } } };
        Assert.Equal("mine", await (await service.Client.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("é")]
    [InlineData("a\nb")]
    [InlineData("a;b")]
    public void IsSane_AnythingElse_IsNot(string id) => Assert.False(CorrelationId.IsSane(id));

    [Fact]
    public void Use_Nested_GivesTheOuterIdBack()
    {
        using (CorrelationId.Use("outer"))
        {
            using (CorrelationId.Use("inner"))
            {
                Assert.Equal("inner", CorrelationId.Current);
            }

            Assert.Equal("outer", CorrelationId.Current);
        }
    }
}
