using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Events;

/// <summary>A merchant's program that listens at the gateway while payments go through it.</summary>
[Collection(OneSystem.Name)]
public sealed class StreamTests(SharedSystem shared)
{
    [Fact]
    public async Task Stream_CutOff_GoesOnAfterTheLastEventThatItTold()
    {
        using var client = shared.System.Client();
        using var http = shared.System.Raw();
        var token = await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
        string payment;
        string last;
        using (var stream = await ListenAsync(http, lastEventId: null))
        {
            payment = (await client.PayAsync($"stream-{token}", token, 5000, "USD", capture: false, CancellationToken.None))["id"]!.GetValue<string>();
            (last, var authorized) = await stream.NextOfAsync(payment);
            Assert.Equal(("payment.authorized", last), (authorized["type"]!.GetValue<string>(), authorized["id"]!.GetValue<string>()));
        }

        await client.CaptureAsync($"capture-{payment}", payment, CancellationToken.None);   // nobody listens

        using var again = await ListenAsync(http, last);
        var (id, captured) = await again.NextOfAsync(payment);
        Assert.Equal("payment.captured", captured["type"]!.GetValue<string>());
        Assert.NotEqual(last, id);
        await client.RefundAsync($"refund-{payment}", payment, 2000, "USD", CancellationToken.None);
        var (_, refunded) = await again.NextOfAsync(payment);
        Assert.Equal(
            ("payment.refunded", 2000L, "partially_refunded"),
            (refunded["type"]!.GetValue<string>(), refunded["data"]!["refund"]!["amount"]!["amount"]!.GetValue<long>(), refunded["data"]!["payment"]!["status"]!.GetValue<string>()));
    }

    private static async Task<Listener> ListenAsync(HttpClient http, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/events/stream", UriKind.Relative));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        return new Listener(answer, new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    private sealed class Listener(HttpResponseMessage answer, StreamReader reader) : IDisposable
    {
        /// <summary>The next event of a payment: other tests pay, too.</summary>
        public async Task<(string Id, JsonNode Event)> NextOfAsync(string payment)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var id = "";
            while (await reader.ReadLineAsync(patience.Token) is { } line)
            {
                id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;
                if (line.StartsWith("data: ", StringComparison.Ordinal) && JsonNode.Parse(line[6..])! is var told && told["data"]?["payment"]?["id"]?.GetValue<string>() == payment)
                {
                    return (id, told);
                }
            }

            throw new InvalidOperationException("The stream ended.");
        }

        public void Dispose()
        {
            answer.Dispose();   // closes the connection: nobody reads the rest
            reader.Dispose();
        }
    }
}
