using System.Globalization;

namespace PayFlow.Demo;

/// <summary>
/// Where a running system answers. <c>PAYFLOW_PORTS_OFFSET</c> shifts every port, as the AppHost's <c>ports:offset</c> does; <c>PAYFLOW_API_KEY</c> is the test merchant's key.
/// </summary>
public sealed record Addresses(Uri Gateway, Uri Auth, Uri Ledger, Uri Batch, Uri Reconciler, Uri Sandbox, string ApiKey)
{
    public static Addresses FromEnvironment() => Local(
        int.Parse(Environment.GetEnvironmentVariable("PAYFLOW_PORTS_OFFSET") ?? "0", CultureInfo.InvariantCulture),
        Environment.GetEnvironmentVariable("PAYFLOW_API_KEY")
            ?? throw new InvalidOperationException("PAYFLOW_API_KEY is not set: run this through 'eng/payflow demo', which knows the key of the running system."));

    public static Addresses Local(int offset, string apiKey)
    {
        return new(At(8080), At(5102), At(5112), At(5132), At(5142), At(5100), apiKey);

        Uri At(int port) => new($"http://127.0.0.1:{port + offset}");
    }
}
