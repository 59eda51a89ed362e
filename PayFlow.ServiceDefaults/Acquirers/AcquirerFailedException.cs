namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>
/// A call to an acquirer that got no answer. What matters for money is whether the acquirer may have acted on it.
/// </summary>
/// <param name="outcomeUnknown">
/// False: the acquirer certainly did nothing, another one may be tried. True: it may have; repeat under the same reference, inquire or reverse, but never
/// go elsewhere.
/// </param>
public sealed class AcquirerFailedException(string message, bool outcomeUnknown, Exception? inner = null) : Exception(message, inner)
{
    public bool OutcomeUnknown { get; } = outcomeUnknown;

    /// <summary>When the acquirer takes calls again, where that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
