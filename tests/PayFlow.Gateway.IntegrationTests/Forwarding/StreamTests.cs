using Microsoft.AspNetCore.Http;
using PayFlow.Gateway.IntegrationTests.Support;

namespace PayFlow.Gateway.IntegrationTests.Forwarding;

public sealed class StreamTests
{
    [Fact]
    public async Task Stream_OfAService_PassesLineByLineAndLongerThanSilenceMayLast()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(settings: ("Gateway:Forwarding:Silence", "00:00:04"));
        var next = new SemaphoreSlim(0);
        gateway.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var line = 1; ; line++)
            {
                await context.Response.WriteAsync($"data: {line}\n\n");
                await context.Response.Body.FlushAsync();
                await next.WaitAsync(context.RequestAborted);
            }
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events/stream");
        request.Headers.Add("Last-Event-ID", "evt_1");
        using var answer = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var line = 1; line <= 12; line++)
        {
            // The service writes the next line only when this one has come; all of it takes longer than a service may be silent.
            Assert.Equal($"data: {line}", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(5)));
            Assert.Equal("", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(5)));
            await Task.Delay(TimeSpan.FromMilliseconds(400));
            next.Release();
        }

        Assert.Equal("evt_1", Assert.Single(gateway.Upstream.Requests).Headers["Last-Event-ID"].Single());
    }
}
