using System.Text.Json;
using System.Text.Json.Serialization;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>The body of every answer that isn't a success: RFC 9457 with the members that PayFlow adds.</summary>
public sealed record ProblemDocument
{
    /// <summary><c>urn:payflow:problem:</c> and the code.</summary>
    public required string Type { get; init; }

    /// <summary>What kind of problem it is; the same for every problem of one status.</summary>
    public required string Title { get; init; }

    public required int Status { get; init; }

    /// <summary>What happened this time and what to do next.</summary>
    public required string Detail { get; init; }

    /// <summary>The path that was asked.</summary>
    public required string Instance { get; init; }

    /// <summary>Stable, snake_case, for programs.</summary>
    public required string Code { get; init; }

    /// <summary>The field the problem is about; the first one where there are several.</summary>
    public string? Param { get; init; }

    /// <summary>Every wrong field of the request.</summary>
    public IReadOnlyList<ProblemField>? Errors { get; init; }

    /// <summary>The correlation id of the request: what support asks for.</summary>
    public required string RequestId { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public required bool Retryable { get; init; }

    /// <summary>What a refusal adds: <c>allowed_actions</c>, <c>decline_code</c>, …</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; init; }
}

/// <summary>One wrong field.</summary>
/// <param name="Param">Its path: <c>amount.currency</c>.</param>
/// <param name="Code">Stable, snake_case.</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record ProblemField(string Param, string Code, string Message);
