using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>The largest body that is taken, and a clean answer to larger ones.</summary>
public static class BodyLimit
{
    /// <summary>Bytes of one request's body over REST, where the endpoint has no limit of its own (<see cref="IRequestSizeLimitMetadata"/>).</summary>
    public const int Bytes = 256 * 1024;

    // Beyond this the connection is closed in the client's face instead: nobody reads gigabytes to be polite.
    private const int DrainBytes = 8 * 1024 * 1024;

    // gRPC messages carry batches between services; its own limit per message is 4 MiB.
    private const int GrpcBytes = 16 * 1024 * 1024;

    /// <summary>What a larger body is answered with.</summary>
    public static Refusal Refusal { get; } = new(RefusalKind.TooLarge, "body_too_large", $"The body is larger than {Bytes / 1024} KiB.");

    /// <summary>
    /// Refuses a body that says it is too large. It is read to its end first: many clients send everything before they look at the answer, and
    /// would see a reset connection instead of the problem.
    /// </summary>
    internal static async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            if (limit is { IsReadOnly: false })
            {
                limit.MaxRequestBodySize = GrpcBytes;
            }
        }
        else if (context.Request.ContentLength is { } length && length > LimitOf(context.GetEndpoint()))
        {
            if (length <= DrainBytes && limit is { IsReadOnly: false })
            {
                limit.MaxRequestBodySize = length;
                await DrainAsync(context);
            }

            await Problem.From(Refusal).ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private static long LimitOf(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? Bytes;

    private static async Task DrainAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }
}
