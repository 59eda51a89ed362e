namespace PayFlow.Sandbox.Captures;

public enum CaptureResult
{
    Captured,
    Refused,
}

/// <summary>The answer to a capture and to an inquiry about one.</summary>
public sealed record CaptureAnswer(string? ExternalId, string Reference, CaptureResult Result, CaptureRefusal? Reason)
{
    public static CaptureAnswer Of(Capture capture) =>
        new(capture.ExternalId, capture.Reference, capture.Refusal is null ? CaptureResult.Captured : CaptureResult.Refused, capture.Refusal);
}
