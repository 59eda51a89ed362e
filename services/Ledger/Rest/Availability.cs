using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Ledger.Rest;

/// <summary>Says over REST what can't be done just now: too many wait, a slot is being moved, the database is away.</summary>
internal sealed partial class Availability(ILogger<Availability> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception failure) when (!context.HttpContext.RequestAborted.IsCancellationRequested
            && (failure is StaleSlotException or GroupCommitFullException or ObjectDisposedException || DatabaseFailure.IsInfrastructure(failure)))
        {
            LogUnavailable(failure, context.HttpContext.Request.Path);
            return Problem.From(new Refusal(RefusalKind.Unavailable, "unavailable", "Not possible at the moment. Send this one again in a moment, with the same idempotency key.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            });
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} can't be answered at the moment")]
    private partial void LogUnavailable(Exception failure, string path);
}
