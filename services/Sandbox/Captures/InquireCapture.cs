using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Captures;

/// <summary><c>GET /acquirers/{acquirer}/captures?reference=</c>: what became of a capture; 404 when it was never seen.</summary>
public static class InquireCapture
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, string reference, CaptureBook book, CancellationToken cancel) =>
        await book.FindAsync(acquirer.Code, reference, cancel) is { } capture
            ? Results.Ok(CaptureAnswer.Of(capture))
            : Problem.From(Refusal.NotFound("capture", reference));
}
