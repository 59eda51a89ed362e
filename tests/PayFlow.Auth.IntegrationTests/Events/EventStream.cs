using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Events;

/// <summary>What a stream sent: an event, or (with a name) a notice.</summary>
internal sealed record Heard(string? Id, string? Name, JsonObject Data);

/// <summary>A client of <c>GET /v1/events/stream</c> that reads as the WHATWG says, and as slowly as it is told.</summary>
internal sealed class EventStream : IDisposable
{
    private readonly HttpClient http;
    private readonly HttpResponseMessage answer;
    private readonly StreamReader reader;

    private EventStream(HttpClient http, HttpResponseMessage answer, StreamReader reader) => (this.http, this.answer, this.reader) = (http, answer, reader);

    public HttpStatusCode Status => answer.StatusCode;

    public int Comments { get; private set; }

    public string? ContentType => answer.Content.Headers.ContentType?.MediaType;

    public static async Task<EventStream> OpenAsync(MerchantClient merchant, string? lastEventId = null, string query = "", int? receiveBuffer = null)
    {
        var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (receiveBuffer is { } size)
                {
                    socket.ReceiveBufferSize = size;
                }

                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = merchant.Request(HttpMethod.Get, $"/v1/events/stream{query}");
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventStream(http, answer, new StreamReader(await answer.Content.ReadAsStreamAsync(), Encoding.UTF8));
    }

    /// <summary>The next event, whole; null at the end of the stream.</summary>
    public async Task<Heard?> NextAsync(int seconds = 20)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        string? id = null;
        string? name = null;
        string? data = null;
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length == 0 && data is not null)
            {
                return new Heard(id, name, JsonNode.Parse(data)!.AsObject());
            }

            if (line.StartsWith(':'))
            {
                Comments++;
            }
            else if (line.Split(": ", 2) is [var field, var value])
            {
                (id, name, data) = field switch
                {
                    "id" => (value, name, data),
                    "event" => (id, value, data),
                    "data" => (id, name, value),
                    _ => (id, name, data),
                };
            }
        }

        return null;
    }

    /// <summary>The whole of an answer that is no stream.</summary>
    public async Task<JsonObject> RestAsync() => JsonNode.Parse(await reader.ReadToEndAsync())!.AsObject();

    public void Dispose()
    {
        reader.Dispose();
        answer.Dispose();
        http.Dispose();
    }
}
