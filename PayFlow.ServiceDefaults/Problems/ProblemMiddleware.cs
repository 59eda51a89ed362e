using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PayFlow.ServiceDefaults.Correlation;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>
/// Sees to it that every failure leaves as a problem document: exceptions, and statuses that the framework answers without a body (404, 405, 415).
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer. The status is for the span and the log only.
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientClosedRequest;
            }

            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, exception);
            return;
        }

        await FillAsync(context);
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var problem = exception is BadHttpRequestException bad && bad.StatusCode != StatusCodes.Status413PayloadTooLarge
            ? Problem.Of(bad.StatusCode, "bad_request", "The request doesn't follow HTTP.")
            : Failure.RefusalFor(exception) is { } refusal
                ? Problem.From(refusal)
                : Problem.Of(500, "internal_error", $"Something unexpected went wrong. Quote {CorrelationId.Of(context)} when you ask about it.");

        if (problem.StatusCode >= 500)
        {
            LogFailed(logger, exception, context.Request.Method, context.Request.Path, problem.StatusCode, CorrelationId.Of(context));
        }

        context.Response.Clear();
        await problem.ExecuteAsync(context);
    }

    // An empty error is the framework's; an endpoint's own answer has a body or a type.
    private static Task FillAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        var (code, detail) = response.StatusCode switch
        {
            401 => ("unauthenticated", "Send your API key: Authorization: Bearer sk_…"),
            403 => ("forbidden", "This key may not do that."),
            404 when context.GetEndpoint() is not null => ("not_found", $"There is no {context.Request.Path} that this key can see."),
            404 => ("unknown_route", $"There is nothing at {context.Request.Path}."),
            405 => ("method_not_allowed", $"{context.Request.Method} is not offered here. Offered: {response.Headers.Allow}."),
            413 => (BodyLimit.Refusal.Code, BodyLimit.Refusal.Message),
            415 => ("unsupported_media_type", "Send the body with Content-Type: application/json."),
            < 500 => ("bad_request", "The request can't be served."),
            503 => ("unavailable", "Not available right now. Try again with the same idempotency key."),
            504 => ("timeout", "The answer took too long. Ask for the outcome, or try again with the same idempotency key."),
            _ => ("internal_error", "Something unexpected went wrong."),
        };
        return Problem.Of(response.StatusCode, code, detail).ExecuteAsync(context);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed with {Status}, request {RequestId}")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method, PathString path, int status, string requestId);
}
