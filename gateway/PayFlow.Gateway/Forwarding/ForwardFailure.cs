using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;
using Yarp.ReverseProxy.Forwarder;

namespace PayFlow.Gateway.Forwarding;

/// <summary>Says as a problem why a request couldn't be forwarded.</summary>
internal static partial class ForwardFailure
{
    private static readonly Refusal Away = new(
        RefusalKind.Unavailable, "unavailable", "The service that answers this can't be reached right now. Try again with the same idempotency key.")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    public static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var problem = ProblemFor(failure);
        if (problem.StatusCode >= 500)
        {
            LogFailed(context.RequestServices.GetRequiredService<ILogger<Problem>>(), failure.Exception, failure.Error, context.Request.Path);
        }

        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    private static Problem ProblemFor(IForwarderErrorFeature failure) => failure.Error switch
    {
        _ when Find<BadHttpRequestException>(failure.Exception) is { } bad => bad.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? Problem.From(BodyLimit.Refusal)
            : Problem.Of(bad.StatusCode, "bad_request", "The request's body doesn't follow HTTP."),
        ForwarderError.RequestBodyClient => Problem.Of(400, "bad_request", "The request's body ended early."),
        ForwarderError.RequestTimedOut => Problem.Of(
            504, "timeout", "The service didn't answer in time; what became of the request is not known. Try again with the same idempotency key, which is safe."),
        _ => Problem.From(Away),
    };

    // The forwarder reports what went wrong on both sides together.
    private static T? Find<T>(Exception? exception) where T : Exception => exception switch
    {
        T found => found,
        AggregateException several => several.InnerExceptions.Select(Find<T>).FirstOrDefault(found => found is not null),
        _ => exception?.InnerException is { } inner ? Find<T>(inner) : null,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} couldn't be forwarded: {Error}")]
    private static partial void LogFailed(ILogger logger, Exception? exception, ForwarderError error, PathString path);
}
