using System.Data.Common;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Rpc;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>What an exception means to whoever asked. REST and gRPC give the same answer.</summary>
internal static class Failure
{
    /// <summary>The refusal that an exception stands for; null when it is a bug.</summary>
    public static Refusal? RefusalFor(Exception exception) => exception switch
    {
        RefusedException refused => refused.Refusal,
        RpcException rpc when rpc.Refusal() is { } refusal => refusal,
        RpcException { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted } => Unavailable("A service that is needed for this doesn't answer."),
        UnavailableException => Unavailable("PayFlow can't take this right now."),
        DbException { IsTransient: true } => Unavailable("The database doesn't answer."),
        TimeoutException => Unavailable("The answer took too long."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => BodyLimit.Refusal,
        _ => null,
    };

    private static Refusal Unavailable(string what) =>
        new(RefusalKind.Unavailable, "unavailable", $"{what} Try again with the same idempotency key.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
