using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Batches;

/// <summary>
/// <c>GET /acquirers/{acquirer}/batches/{batchKey}/report</c>: 404 until there is one. It is complete as soon as it is there; late lines may follow.
/// </summary>
public static class GetReport
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, string batchKey, HttpResponse response, BatchBook book, CancellationToken cancel)
    {
        if (await book.ReadReportAsync(acquirer, batchKey, cancel) is not { } report)
        {
            return Problem.From(Refusal.NotFound("report of the batch", batchKey));
        }

        response.Headers["X-Report-Complete"] = "true";
        return Results.Text(report, "text/csv");
    }
}
