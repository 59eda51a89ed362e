namespace PayFlow.ServiceDefaults.Correlation;

/// <summary>Hands the correlation id on over HTTP.</summary>
internal sealed class CorrelationHandler : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (CorrelationId.Current is { } id && !request.Headers.Contains(CorrelationId.Header))
        {
            request.Headers.Add(CorrelationId.Header, id);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
