using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Chaos;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Captures;

/// <summary>A request to take money that is held.</summary>
/// <param name="Authorization">The acquirer's id of the authorization.</param>
/// <param name="AuthorizationReference">What the caller calls the authorization: where it says so, the id must be that one's.</param>
/// <param name="Amount">Minor units of the authorization's currency.</param>
public sealed record CaptureRequest(string Reference, string Authorization, string? AuthorizationReference, long Amount, bool Final);

/// <summary><c>POST /acquirers/{acquirer}/captures</c>. The same reference again gets the same answer, also when that was a refusal.</summary>
public static class CaptureAuthorization
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, CaptureBook book, ChaosSwitches chaos, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, Read, cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var now = time.GetUtcNow();
        var mine = new Capture(acquirer.Code, asked.Reference, asked.Authorization, asked.Amount, asked.Final, acquirer.NewCaptureId(now), Refusal: null, now)
        {
            AuthorizationReference = asked.AuthorizationReference,
        };
        var written = await book.WriteAsync(mine, cancel);
        chaos.NoteIdInUse(acquirer, asked.Authorization);
        return written.IsSameRequest(mine) ? Answer(written) : Problem.From(ReferenceReused.Refusal(asked.Reference));
    }

    /// <summary>422 when it could never be taken, 409 when what became of the authorization forbids it.</summary>
    private static IResult Answer(Capture capture) => capture.Refusal switch
    {
        null => Results.Ok(CaptureAnswer.Of(capture)),
        CaptureRefusal.UnknownAuthorization or CaptureRefusal.ExceedsAuthorized => Results.UnprocessableEntity(CaptureAnswer.Of(capture)),
        _ => Results.Conflict(CaptureAnswer.Of(capture)),
    };

    private static CaptureRequest Read(BodyReader body) => new(
        body.String("reference", max: 64),
        body.String("authorization", max: 64),
        body.OptionalString("authorization_reference", max: 64),
        body.Int64("amount", 1, Money.MaxMinorUnits),
        body.OptionalBoolean("final") ?? true);
}
