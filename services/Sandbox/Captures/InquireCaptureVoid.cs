using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Captures;

/// <summary><c>GET /acquirers/{acquirer}/capture-voids?reference=</c>: what became of a capture's void; 404 when it was never seen.</summary>
public static class InquireCaptureVoid
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, string reference, CaptureVoidBook book, CancellationToken cancel) =>
        await book.FindAsync(acquirer.Code, reference, cancel) is { } undone
            ? Results.Ok(CaptureVoidAnswer.Of(undone))
            : Problem.From(Refusal.NotFound("capture's void", reference));
}
