using Microsoft.Extensions.Options;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Http;

namespace PayFlow.Auth.Acquirers;

/// <summary>All acquirers, each behind its pipeline (retries, breaker, time-outs).</summary>
public sealed class AcquirerDesk
{
    private const int MaxAnswerBytes = 1_048_576;

    // Every call carries a reference of ours and every acquirer acts once by it.
    private static readonly AcquirerCall Repeatable = new();

    private readonly Dictionary<string, IAcquirer> acquirers;
    private readonly AcquirerPipelines pipelines;

    public AcquirerDesk(IEnumerable<IAcquirer> acquirers, AcquirerPipelines pipelines)
    {
        this.acquirers = acquirers.ToDictionary(acquirer => acquirer.Name);
        this.pipelines = pipelines;
    }

    /// <summary>All names, sorted.</summary>
    public IEnumerable<string> Names => acquirers.Keys.Order(StringComparer.Ordinal);

    /// <exception cref="AcquirerFailedException">No answer; it says whether the acquirer may have acted.</exception>
    /// <param name="again">
    /// It may have been asked before: what became of that is inquired first. An inquiry needs no card, and answers also when the acquirer takes no new business.
    /// </param>
    public Task<AuthorizationAnswer> AuthorizeAsync(string acquirer, AuthorizationCall call, bool again, CancellationToken ct) => CallAsync(
        acquirer,
        async (to, cancel) => (again ? await to.InquireAsync(call.Reference, cancel) : null) ?? await to.AuthorizeAsync(call, cancel),
        ct);

    /// <returns>What became of an authorization; null when the acquirer has never seen it.</returns>
    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<AuthorizationAnswer?> InquireAsync(string acquirer, string reference, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.InquireAsync(reference, cancel), ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<OperationAnswer> CaptureAsync(string acquirer, CaptureCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.CaptureAsync(call, cancel), ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<OperationAnswer> RefundAsync(string acquirer, RefundCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.RefundAsync(call, cancel), ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<OperationAnswer> VoidCaptureAsync(string acquirer, CaptureVoidCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.VoidCaptureAsync(call, cancel), ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<ReversalAnswer> ReverseAsync(string acquirer, string reference, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.ReverseAsync(reference, cancel), ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<AuthorizationPage> ListAsync(string acquirer, AuthorizationPageCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.ListAsync(call, cancel), ct);

    internal static IEnumerable<IAcquirer> FromConfiguration(IServiceProvider services)
    {
        var factory = services.GetRequiredService<IHttpClientFactory>();
        var configuration = services.GetRequiredService<IConfiguration>();
        foreach (var (name, settings) in services.GetRequiredService<IOptions<RoutingOptions>>().Value.Acquirers)
        {
            var address = settings.Address ?? new Uri(
                ServiceAddress.Of(configuration, "sandbox", "http"), settings.Format == AcquirerFormat.Json ? $"/acquirers/{name}" : $"/acquirers/{name}/gateway");
            var http = factory.CreateClient("sandbox");
            http.MaxResponseContentBufferSize = MaxAnswerBytes;
            yield return settings.Format switch
            {
                AcquirerFormat.Json => new JsonAcquirer(name, address, http),
                AcquirerFormat.Xml => new XmlAcquirer(name, address, http),
                AcquirerFormat.Form => new FormAcquirer(name, address, http),
                var format => throw new InvalidOperationException($"No adapter speaks {format}."),
            };
        }
    }

    private Task<T> CallAsync<T>(string name, Func<IAcquirer, CancellationToken, Task<T>> call, CancellationToken ct) =>
        acquirers.TryGetValue(name, out var acquirer)
            ? pipelines.For(name).ExecuteAsync(inner => new ValueTask<T>(call(acquirer, inner)), Repeatable, ct)
            : throw new InvalidOperationException($"'{name}' is not among Auth:Routing:Acquirers, and a payment is there.");
}
