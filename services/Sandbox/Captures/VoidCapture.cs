using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Captures;

public enum CaptureVoidResult
{
    Voided,
    Refused,
}

/// <summary>The answer to a capture's void and to an inquiry about one.</summary>
public sealed record CaptureVoidAnswer(string? ExternalId, string Reference, CaptureVoidResult Result, CaptureVoidRefusal? Reason)
{
    public static CaptureVoidAnswer Of(CaptureVoid undone) =>
        new(undone.ExternalId, undone.Reference, undone.Refusal is null ? CaptureVoidResult.Voided : CaptureVoidResult.Refused, undone.Refusal);
}

/// <summary>
/// <c>POST /acquirers/{acquirer}/capture-voids</c>: a capture that no batch has yet never happened. The same reference again gets the same answer, also when
/// that was a refusal.
/// </summary>
public static class VoidCapture
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, CaptureVoidBook book, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, body => (Reference: body.String("reference", max: 64), Capture: body.String("capture", max: 64)), cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var now = time.GetUtcNow();
        var mine = new CaptureVoid(acquirer.Code, asked.Reference, asked.Capture, acquirer.NewCaptureVoidId(now), Refusal: null, now);
        var written = await book.WriteAsync(mine, cancel);
        return written.IsSameRequest(mine) ? Answer(written) : Problem.From(ReferenceReused.Refusal(asked.Reference));
    }

    /// <summary>422 when it could never be voided, 409 when what became of the capture forbids it.</summary>
    private static IResult Answer(CaptureVoid undone) => undone.Refusal switch
    {
        null => Results.Ok(CaptureVoidAnswer.Of(undone)),
        CaptureVoidRefusal.UnknownCapture => Results.UnprocessableEntity(CaptureVoidAnswer.Of(undone)),
        _ => Results.Conflict(CaptureVoidAnswer.Of(undone)),
    };
}
