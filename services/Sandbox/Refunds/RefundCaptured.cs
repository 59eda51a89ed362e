using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Refunds;

/// <summary>A request to give back money that was captured, settled or not.</summary>
/// <param name="Authorization">The acquirer's id of the authorization.</param>
/// <param name="Amount">Minor units of the authorization's currency.</param>
public sealed record RefundRequest(string Reference, string Authorization, long Amount);

/// <summary><c>POST /acquirers/{acquirer}/refunds</c>. The same reference again gets the same answer, also when that was a refusal.</summary>
public static class RefundCaptured
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, RefundBook book, TimeProvider time, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, Read, cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var now = time.GetUtcNow();
        var mine = new Refund(acquirer.Code, asked.Reference, asked.Authorization, asked.Amount, acquirer.NewRefundId(now), Refusal: null, now);
        var written = await book.WriteAsync(mine, cancel);
        return written.IsSameRequest(mine) ? Answer(written) : Problem.From(ReferenceReused.Refusal(asked.Reference));
    }

    /// <summary>422 when it could never be taken, 409 when what became of the authorization forbids it.</summary>
    private static IResult Answer(Refund refund) => refund.Refusal switch
    {
        null => Results.Ok(RefundAnswer.Of(refund)),
        RefundRefusal.NotCaptured => Results.Conflict(RefundAnswer.Of(refund)),
        _ => Results.UnprocessableEntity(RefundAnswer.Of(refund)),
    };

    private static RefundRequest Read(BodyReader body) => new(
        body.String("reference", max: 64),
        body.String("authorization", max: 64),
        body.Int64("amount", 1, Money.MaxMinorUnits));
}
