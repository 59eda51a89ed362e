using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Chaos;

/// <summary>
/// Lets an acquirer misbehave around a call. Handlers answer only after they have committed and read their bodies themselves, so what strikes before
/// the handler has done nothing, and what strikes after it is an answer that the caller never gets.
/// </summary>
public sealed partial class ChaosFilter(ChaosSwitches switches, IOptions<SandboxOptions> options, TimeProvider time, ILogger<ChaosFilter> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var acquirer = context.GetArgument<Acquirer>(0);
        var settings = switches.Of(acquirer);
        if (settings.Refuse)
        {
            return ClosedConnection.Result;
        }

        var gone = context.HttpContext.RequestAborted;
        if (settings.LatencyMs > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(settings.LatencyMs), time, gone);
        }

        var fault = settings.Strike(switches.Draw(acquirer));
        if (fault != Fault.None)
        {
            LogFault(acquirer.Code, context.HttpContext.Request.Path, fault);
        }

        switch (fault)
        {
            case Fault.Error:
                return Problem.From(Down);
            case Fault.Timeout:
                return await HangAsync(gone);
        }

        var answer = await next(context);
        return fault switch
        {
            Fault.ErrorAfter => Problem.From(Down),
            Fault.TimeoutAfter => await HangAsync(gone),
            Fault.LostReply => ClosedConnection.Result,
            _ => answer,
        };
    }

    private static Refusal Down { get; } = new(RefusalKind.Unavailable, "acquirer_unavailable", "The acquirer has an outage. Whether the request was carried out is not known.");

    /// <summary>Silent until the caller gives up, or, because everything is bounded, until the Sandbox does.</summary>
    private async Task<IResult> HangAsync(CancellationToken gone)
    {
        await Task.Delay(options.Value.LongestSilence, time, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return ClosedConnection.Result;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Acquirer} misbehaves at {Path}: {Fault}")]
    private partial void LogFault(string acquirer, PathString path, Fault fault);
}
