using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Disputes;

/// <summary><c>POST /acquirers/{acquirer}/disputes/{id}/close</c>: the network decides, once. The same outcome again gets the same answer.</summary>
public static class CloseDispute
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, string id, HttpRequest request, DisputeBook book, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, body => body.Enum<DisputeOutcome>("outcome"), cancel);
        if (!read.TryGet(out var outcome, out var refusal))
        {
            return Problem.From(refusal);
        }

        return await book.CloseAsync(acquirer, id, outcome, cancel) switch
        {
            null => Problem.From(Refusal.NotFound("dispute", id)),
            { } dispute when dispute.Outcome == outcome => Results.Ok(DisputeAnswer.Of(dispute)),
            _ => Problem.From(new Refusal(RefusalKind.Conflict, "already_closed", $"The dispute '{id}' was closed with the other outcome.")),
        };
    }
}
