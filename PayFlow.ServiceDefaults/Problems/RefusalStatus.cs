using Grpc.Core;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>The one table of how a kind of refusal is said over HTTP and over gRPC.</summary>
public static class RefusalStatus
{
    public static int Http(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => StatusCodes.Status400BadRequest,
        RefusalKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Mismatch => StatusCodes.Status422UnprocessableEntity,
        RefusalKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        RefusalKind.RateLimited => StatusCodes.Status429TooManyRequests,
        RefusalKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind of refusal has no HTTP status."),
    };

    public static StatusCode Grpc(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => StatusCode.InvalidArgument,
        RefusalKind.Unauthenticated => StatusCode.Unauthenticated,
        RefusalKind.Forbidden => StatusCode.PermissionDenied,
        RefusalKind.NotFound => StatusCode.NotFound,
        RefusalKind.Conflict => StatusCode.FailedPrecondition,
        RefusalKind.Mismatch => StatusCode.AlreadyExists,
        RefusalKind.TooLarge => StatusCode.OutOfRange,
        RefusalKind.RateLimited => StatusCode.ResourceExhausted,
        RefusalKind.Unavailable => StatusCode.Unavailable,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This kind of refusal has no gRPC status."),
    };

    /// <summary>The title of a problem: one per status, as RFC 9457 asks.</summary>
    public static string Title(int status) => status switch
    {
        400 => "The request is wrong",
        401 => "Who asks is not known",
        403 => "This is not allowed",
        404 => "Not found",
        405 => "This method is not offered here",
        408 => "The request came too slowly",
        409 => "Not possible in this state",
        413 => "The request is too large",
        415 => "The body must be JSON",
        422 => "The idempotency key belongs to another request",
        429 => "Too many requests",
        500 => "Something unexpected went wrong",
        502 => "A service gave no usable answer",
        503 => "Not available right now",
        504 => "The answer took too long",
        < 500 => "The request can't be served",
        _ => "The service can't answer",
    };
}
