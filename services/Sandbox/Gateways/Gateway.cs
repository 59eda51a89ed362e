using System.Text.Json;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.Captures;
using PayFlow.Sandbox.Chaos;
using PayFlow.Sandbox.Refunds;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Gateways;

/// <summary>
/// <c>POST /acquirers/{acquirer}/gateway</c>: one address for every call, in the format that the acquirer speaks. A message is rewritten as the call that JSON makes, carried out by the
/// same handler, and its answer spelled in the acquirer's words: there is one set of rules and one set of books.
/// </summary>
public static class Gateway
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpContext http, CancellationToken cancel)
    {
        switch (acquirer.Wire)
        {
            case Wire.Xml when await XmlGateway.ReadAsync(http.Request, cancel) is { } call:
                return await AnswerAsync(acquirer, http, call, XmlGateway.Write, cancel);
            case Wire.Form when await FormGateway.ReadAsync(http.Request, cancel) is { } call:
                return await AnswerAsync(acquirer, http, call, FormGateway.Write, cancel);
            default:
                return Problem.Of(StatusCodes.Status400BadRequest, "malformed_message", $"That is no message that {acquirer.Code} understands.");
        }
    }

    private static async Task<IResult> AnswerAsync(Acquirer acquirer, HttpContext http, GatewayCall call, Func<GatewayCall, GatewayAnswer, IResult> write, CancellationToken cancel)
    {
        var result = await CarryOutAsync(acquirer, http, call, cancel);
        return GatewayAnswer.Of(result) is { } answer ? write(call, answer) : result;
    }

    private static Task<IResult> CarryOutAsync(Acquirer acquirer, HttpContext http, GatewayCall call, CancellationToken cancel)
    {
        var services = http.RequestServices;
        var time = services.GetRequiredService<TimeProvider>();
        var authorizations = services.GetRequiredService<AuthorizationBook>();
        http.Request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(call.Fields));
        return call.Action switch
        {
            GatewayAction.Authorize => Authorize.HandleAsync(acquirer, http.Request, authorizations, services.GetRequiredService<ChaosSwitches>(), time, cancel),
            GatewayAction.Inquire => InquireAuthorization.HandleAsync(acquirer, call.Reference, authorizations, cancel),
            GatewayAction.Capture => CaptureAuthorization.HandleAsync(acquirer, http.Request, services.GetRequiredService<CaptureBook>(), services.GetRequiredService<ChaosSwitches>(), time, cancel),
            GatewayAction.Refund => RefundCaptured.HandleAsync(acquirer, http.Request, services.GetRequiredService<RefundBook>(), time, cancel),
            GatewayAction.VoidCapture => VoidCapture.HandleAsync(acquirer, http.Request, services.GetRequiredService<CaptureVoidBook>(), time, cancel),
            GatewayAction.Reverse => ReverseAuthorization.HandleAsync(acquirer, http.Request, authorizations, time, cancel),
            GatewayAction.Journal => JournalAsync(acquirer, http.Request, authorizations, cancel),
            _ => throw new InvalidOperationException($"{call.Action} has no handler."),
        };
    }

    private static async Task<IResult> JournalAsync(Acquirer acquirer, HttpRequest request, AuthorizationBook authorizations, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(
            request,
            body => new JournalRequest(body.Time("from"), body.Time("until"), body.OptionalString("after", max: 64), body.Int32("limit", 1, JournalRequest.MaxLimit)),
            cancel);
        return read.TryGet(out var asked, out var refusal) ? await ListAuthorizations.PageAsync(acquirer, asked, authorizations, cancel) : Problem.From(refusal);
    }
}
