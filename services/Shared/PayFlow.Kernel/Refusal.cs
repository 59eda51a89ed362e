namespace PayFlow.Kernel;

/// <summary>What kind of answer a refusal is; each maps once to an HTTP status and a gRPC status.</summary>
public enum RefusalKind
{
    /// <summary>400: the request itself is wrong, whatever the state.</summary>
    Invalid,

    /// <summary>401: nobody is known to ask.</summary>
    Unauthenticated,

    /// <summary>403: who asks may not.</summary>
    Forbidden,

    /// <summary>404: not there, or another merchant's.</summary>
    NotFound,

    /// <summary>409: right, but not in this state, or not yet.</summary>
    Conflict,

    /// <summary>422: the idempotency key was used with another request.</summary>
    Mismatch,

    /// <summary>413: more than is taken at once.</summary>
    TooLarge,

    /// <summary>429: slower, please.</summary>
    RateLimited,

    /// <summary>503: not now; nothing was changed.</summary>
    Unavailable,
}

/// <summary>
/// A request that was understood and is not carried out, with what to do about it. Refusals are answers, not exceptions.
/// </summary>
/// <param name="Kind">What kind of answer it is.</param>
/// <param name="Code">Stable, snake_case, for programs.</param>
/// <param name="Message">One or two sentences for people: what happened and what to do next.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Message)
{
    /// <summary>The field the refusal is about, as the API spells it.</summary>
    public string? Param { get; init; }

    /// <summary>Every wrong field at once, for <see cref="RefusalKind.Invalid"/>.</summary>
    public IReadOnlyList<FieldError> Errors { get; init; } = [];

    /// <summary>The same request may succeed after this time.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable => RetryAfter is not null || Kind is RefusalKind.RateLimited or RefusalKind.Unavailable;

    public static Refusal NotFound(string what, string id) =>
        new(RefusalKind.NotFound, "not_found", $"There is no {what} '{id}' that this key can see.");

    /// <summary>A refusal that names every wrong field.</summary>
    public static Refusal Invalid(IReadOnlyList<FieldError> errors) => new(
        RefusalKind.Invalid,
        "invalid_request",
        errors is [var only] ? only.Message : $"{errors.Count} fields are wrong: {string.Join(", ", errors.Select(error => error.Param))}.")
    {
        Errors = errors,
        Param = errors is [var first, ..] ? first.Param : null,
    };
}

/// <summary>One wrong field of a request.</summary>
/// <param name="Param">Path of the field as the API spells it: <c>amount.currency</c>.</param>
/// <param name="Code">Stable, snake_case: <c>required</c>, <c>out_of_range</c>, <c>unknown_currency</c>, …</param>
/// <param name="Message">What is wrong and what is expected.</param>
public sealed record FieldError(string Param, string Code, string Message);
