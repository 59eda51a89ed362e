using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Microsoft.Extensions.Options;

namespace PayFlow.Auth.Webhooks;

/// <summary>
/// Sends a body to an endpoint, once. Connects to checked addresses only, follows no redirects, uses no proxy, keeps no cookies, and reads a little of the answer.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MaxKept = 1024;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient http;
    private readonly AddressGuard guard;
    private readonly SecretBox secrets;
    private readonly TimeSpan timeout;
    private readonly TimeProvider time;

    public WebhookSender(AddressGuard guard, SecretBox secrets, IOptions<WebhookOptions> options, TimeProvider time)
    {
        (this.guard, this.secrets, this.time) = (guard, secrets, time);
        timeout = options.Value.Timeout;
        http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,   // our traces are not the merchants' business
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 0,
        })
        {
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,   // ours counts by the clock that tests can turn
        };
    }

    public async Task<Attempt> SendAsync(ClaimedDelivery delivery, CancellationToken stop)
    {
        var (startedAt, began) = (time.GetUtcNow(), time.GetTimestamp());
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        int? status = null;
        string? error = null;
        string? response = null;
        try
        {
            using var request = Sign(delivery, startedAt);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            status = (int)answer.StatusCode;
            error = answer.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"The endpoint answered {status}.");
            response = await ReadAsync(answer.Content, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            error = string.Create(CultureInfo.InvariantCulture, $"No whole answer within {timeout.TotalSeconds} s.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            error = Explain(failure);
        }

        return new Attempt(startedAt, (int)time.GetElapsedTime(began).TotalMilliseconds, status, error, response);
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Sign(ClaimedDelivery delivery, DateTimeOffset now)
    {
        var id = delivery.EventId.ToString();
        var timestamp = now.ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ReadOnlyMemoryContent(delivery.Body) };
        request.Content.Headers.ContentType = Json;
        request.Headers.Add("User-Agent", "PayFlow-Webhooks/1");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", Signature.Of(secrets.Keys(delivery.EndpointId, delivery.Secrets, now), id, timestamp, delivery.Body.Span));
        return request;
    }

    // However much comes, this much is read; then the connection is closed.
    private static async Task<string?> ReadAsync(HttpContent content, CancellationToken ct)
    {
        var kept = new byte[MaxKept];
        await using var body = await content.ReadAsStreamAsync(ct);
        var length = await body.ReadAtLeastAsync(kept, kept.Length, throwOnEndOfStream: false, ct);
        return length == 0 ? null : Encoding.UTF8.GetString(kept, 0, length).Replace('\0', '\uFFFD');   // Postgres keeps no NUL in text
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var addresses = await guard.ResolveAsync(context.DnsEndPoint.Host, ct);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Explain(Exception failure) => failure switch
    {
        AddressRefusedException or AuthenticationException => failure.Message,
        SocketException socket => $"The connection failed: {socket.SocketErrorCode}.",
        { InnerException: { } inner } => Explain(inner),
        _ => failure.Message,
    };
}
