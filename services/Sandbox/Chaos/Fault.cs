namespace PayFlow.Sandbox.Chaos;

/// <summary>What goes wrong with one call. To the caller the pairs look the same: whether the work was done can't be told from the answer.</summary>
public enum Fault
{
    None,

    /// <summary>503, and nothing was done.</summary>
    Error,

    /// <summary>503, after it was done.</summary>
    ErrorAfter,

    /// <summary>No answer, and nothing was done.</summary>
    Timeout,

    /// <summary>No answer, after it was done.</summary>
    TimeoutAfter,

    /// <summary>Done; then the connection is closed without an answer.</summary>
    LostReply,
}
