using Microsoft.Extensions.Options;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Http;

namespace PayFlow.Auth.Acquirers;

/// <summary>All acquirers, each behind its pipeline (retries, breaker, time-outs).</summary>
public sealed class AcquirerDesk
{
    private static readonly AcquirerCall Repeatable = new();
    private static readonly AcquirerCall RepeatableAtOne = new() { Sole = true };

    private readonly Dictionary<string, IAcquirer> acquirers;
    private readonly AcquirerPipelines pipelines;

    public AcquirerDesk(IEnumerable<IAcquirer> acquirers, AcquirerPipelines pipelines)
    {
        this.acquirers = acquirers.ToDictionary(acquirer => acquirer.Name);
        this.pipelines = pipelines;
    }

    /// <exception cref="AcquirerFailedException">No answer; it says whether the acquirer may have acted.</exception>
    /// <param name="sole">Nobody else may be asked: the attempt's outcome is open at this acquirer.</param>
    public Task<AuthorizationAnswer> AuthorizeAsync(string acquirer, AuthorizationCall call, bool sole, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.AuthorizeAsync(call, cancel), sole ? RepeatableAtOne : Repeatable, ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<OperationAnswer> CaptureAsync(string acquirer, CaptureCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.CaptureAsync(call, cancel), RepeatableAtOne, ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<OperationAnswer> RefundAsync(string acquirer, RefundCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.RefundAsync(call, cancel), RepeatableAtOne, ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<OperationAnswer> VoidCaptureAsync(string acquirer, CaptureVoidCall call, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.VoidCaptureAsync(call, cancel), RepeatableAtOne, ct);

    /// <inheritdoc cref="AuthorizeAsync"/>
    public Task<ReversalAnswer> ReverseAsync(string acquirer, string reference, CancellationToken ct) =>
        CallAsync(acquirer, (to, cancel) => to.ReverseAsync(reference, cancel), RepeatableAtOne, ct);

    internal static IEnumerable<IAcquirer> FromConfiguration(IServiceProvider services)
    {
        var http = services.GetRequiredService<IHttpClientFactory>();
        var configuration = services.GetRequiredService<IConfiguration>();
        return services.GetRequiredService<IOptions<RoutingOptions>>().Value.Acquirers.Select(acquirer => new JsonAcquirer(
            acquirer.Key,
            acquirer.Value ?? new Uri(ServiceAddress.Of(configuration, "sandbox", "http"), $"/acquirers/{acquirer.Key}"),
            http.CreateClient("sandbox")));
    }

    private Task<T> CallAsync<T>(string name, Func<IAcquirer, CancellationToken, Task<T>> call, AcquirerCall how, CancellationToken ct) =>
        acquirers.TryGetValue(name, out var acquirer)
            ? pipelines.For(name).ExecuteAsync(inner => new ValueTask<T>(call(acquirer, inner)), how, ct)
            : throw new InvalidOperationException($"'{name}' is not among Auth:Routing:Acquirers, and a payment is there.");
}
