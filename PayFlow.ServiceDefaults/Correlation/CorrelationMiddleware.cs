using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace PayFlow.ServiceDefaults.Correlation;

/// <summary>Takes a request's correlation id, or makes one, and hands it on to everything below.</summary>
internal sealed class CorrelationMiddleware(RequestDelegate next, ILogger<CorrelationMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var sent = context.Request.Headers[CorrelationId.Header];
        var id = sent is [var only] && CorrelationId.IsSane(only) ? only! : CorrelationId.New();
        CorrelationId.Set(context, id);
        CorrelationId.Echo(context);
        context.Request.Headers[CorrelationId.Header] = id;   // what a proxy forwards
        using (CorrelationId.Use(id))
        using (logger.BeginScope(new KeyValuePair<string, object>[] { new(CorrelationId.Tag, id) }))
        {
            await next(context);
        }
    }
}
