using PayFlow.Kernel;

namespace PayFlow.Sandbox.Acquirers;

/// <summary>A reference names one request for good: another request under it is the caller's mistake, and worth a loud answer.</summary>
public static class ReferenceReused
{
    public static Refusal Refusal(string reference) => new(
        RefusalKind.Mismatch,
        "reference_reused",
        $"The reference '{reference}' was used before with another request. Nothing was done. Make a new reference for a new request.");
}
