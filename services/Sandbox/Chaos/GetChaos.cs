using PayFlow.Sandbox.Acquirers;

namespace PayFlow.Sandbox.Chaos;

/// <summary><c>GET /chaos</c>: how each acquirer misbehaves now.</summary>
public static class GetChaos
{
    public static IResult Handle(ChaosSwitches switches) =>
        Results.Ok(Acquirer.All.ToDictionary(acquirer => acquirer.Code, switches.Of));
}
