using System.Globalization;
using System.Text.Json.Nodes;
using PayFlow.Kernel;
using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.Captures;
using PayFlow.Sandbox.Refunds;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Gateways;

/// <summary>What a message asks for.</summary>
public enum GatewayAction
{
    Authorize,
    Inquire,
    Capture,
    Reverse,
    Refund,
    VoidCapture,
    Journal,
}

/// <summary>A message, whatever it was spelled in.</summary>
/// <param name="Fields">As the same call has them in JSON. What can't be read is left out, and then missing.</param>
public sealed record GatewayCall(GatewayAction Action, string Reference, JsonObject Fields)
{
    /// <summary>Digits as a number.</summary>
    internal static JsonNode? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Two digits of a number that has more: 30 of "3012".</summary>
    internal static JsonNode? TwoDigits(string? text, int at, int plus = 0) =>
        text is { Length: 4 } && int.TryParse(text.AsSpan(at, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number + plus : null;
}

/// <summary>What is answered, before it is spelled.</summary>
/// <param name="Code"><see cref="Done"/>, or why not in the words of JSON.</param>
public sealed record GatewayAnswer(string Code, string? ExternalId = null, JournalPage? Journal = null)
{
    public const string Done = "done";
    public const string Invalid = "invalid_request";
    public const string NotFound = "not_found";
    public const string Reused = "reference_reused";

    /// <summary>What a handler's result says; null when that is no answer but the end of the connection.</summary>
    public static GatewayAnswer? Of(IResult result) => (result as IValueHttpResult)?.Value switch
    {
        AuthorizationAnswer authorization => new(authorization.DeclineCode ?? Done, authorization.ExternalId),
        CaptureAnswer capture => new(capture.Reason is { } reason ? Names.Of(reason) : Done, capture.ExternalId),
        RefundAnswer refund => new(refund.Reason is { } reason ? Names.Of(reason) : Done, refund.ExternalId),
        CaptureVoidAnswer undone => new(undone.Reason is { } reason ? Names.Of(reason) : Done, undone.ExternalId),
        ReversalAnswer { Result: ReversalResult.Reversed } => new(Done),
        ReversalAnswer { Result: ReversalResult.NotFound } => new(NotFound),
        ReversalAnswer refused => new(refused.Reason!),
        JournalPage page => new(Done, Journal: page),
        _ => (result as Problem)?.StatusCode switch
        {
            StatusCodes.Status400BadRequest => new(Invalid),
            StatusCodes.Status404NotFound => new(NotFound),
            StatusCodes.Status422UnprocessableEntity => new(Reused),
            _ => null,
        },
    };
}
