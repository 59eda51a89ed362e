using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Correlation;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>Answers with a <see cref="ProblemDocument"/>. Nothing else in PayFlow writes an error body.</summary>
public sealed class Problem : IResult, IStatusCodeHttpResult
{
    public const string ContentType = "application/problem+json";

    // Members that a problem doesn't have are left out rather than null.
    private static readonly JsonSerializerOptions Absent = new(ApiJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Refusal _refusal;
    private readonly IReadOnlyDictionary<string, object?>? _extensions;

    private Problem(int status, Refusal refusal, IReadOnlyDictionary<string, object?>? extensions)
    {
        StatusCode = status;
        _refusal = refusal;
        _extensions = extensions;
    }

    /// <summary>The HTTP status that is answered.</summary>
    public int StatusCode { get; }

    int? IStatusCodeHttpResult.StatusCode => StatusCode;

    /// <summary>The problem that says a refusal.</summary>
    /// <param name="refusal">What is refused and why.</param>
    /// <param name="extensions">Further members, such as <c>allowed_actions</c>; written with the API's JSON rules.</param>
    public static Problem From(Refusal refusal, IReadOnlyDictionary<string, object?>? extensions = null) =>
        new(RefusalStatus.Http(refusal.Kind), refusal, extensions);

    /// <summary>A problem that HTTP itself has a status for, such as 405 or 500.</summary>
    public static Problem Of(int status, string code, string detail) =>
        new(status, new Refusal(status >= 500 ? RefusalKind.Unavailable : RefusalKind.Invalid, code, detail), extensions: null);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = StatusCode;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        CorrelationId.Echo(httpContext);
        if (RetryAfter is { } wait)
        {
            // Whole seconds, rounded up: zero would mean "at once".
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            await JsonSerializer.SerializeAsync(response.Body, Document(httpContext), Absent, httpContext.RequestAborted);
        }
    }

    // 503 and 429 always say when to come back.
    private TimeSpan? RetryAfter => _refusal.RetryAfter ?? (StatusCode is 429 or 503 ? TimeSpan.FromSeconds(1) : null);

    private bool Retryable => StatusCode switch
    {
        500 => false,   // a bug answers the same the next time
        502 or 503 or 504 or 408 => true,
        _ => _refusal.Retryable,
    };

    private ProblemDocument Document(HttpContext context) => new()
    {
        Type = $"urn:payflow:problem:{_refusal.Code}",
        Title = RefusalStatus.Title(StatusCode),
        Status = StatusCode,
        Detail = _refusal.Message,
        Instance = context.Request.Path.Value ?? "/",
        Code = _refusal.Code,
        Param = _refusal.Param,
        Errors = _refusal.Errors.Count == 0 ? null : [.. _refusal.Errors.Select(error => new ProblemField(error.Param, error.Code, error.Message))],
        RequestId = CorrelationId.Of(context),
        Retryable = Retryable,
        Extensions = _extensions?.ToDictionary(pair => pair.Key, pair => JsonSerializer.SerializeToElement(pair.Value, ApiJson.Options)),
    };
}
