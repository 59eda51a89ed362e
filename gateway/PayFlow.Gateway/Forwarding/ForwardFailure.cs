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
        _ when failure.Exception is BadHttpRequestException { StatusCode: 413 } => Problem.From(BodyLimit.Refusal),
        _ when failure.Exception is BadHttpRequestException bad => Problem.Of(bad.StatusCode, "bad_request", "The request's body doesn't follow HTTP."),
        ForwarderError.RequestBodyClient => Problem.Of(400, "bad_request", "The request's body ended early."),
        ForwarderError.RequestTimedOut => Problem.Of(
            504, "timeout", "The service didn't answer in time; what became of the request is not known. Try again with the same idempotency key, which is safe."),
        _ => Problem.From(Away),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} couldn't be forwarded: {Error}")]
    private static partial void LogFailed(ILogger logger, Exception? exception, ForwarderError error, PathString path);
}
