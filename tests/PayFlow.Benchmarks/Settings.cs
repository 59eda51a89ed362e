using System.Globalization;
using PayFlow.Demo;

namespace PayFlow.Benchmarks;

/// <summary>What is measured, and where.</summary>
/// <param name="Addresses">The running system.</param>
/// <param name="Postgres">Connection string of its Postgres server, for pgbench on the same one.</param>
/// <param name="Duration">Of each measurement.</param>
/// <param name="WarmUp">Goes before each measurement: what was never called before is compiled while it is called.</param>
/// <param name="OnlyIntake">Measure the intake alone: nothing that is accepted is begun.</param>
/// <param name="Clients">Requests under way at once (closed loop: each client sends the next when the last is answered).</param>
internal sealed record Settings(Addresses Addresses, string Postgres, TimeSpan Duration, TimeSpan WarmUp, int Clients, bool OnlyIntake)
{
    public static Settings Read(string[] args) => new(
        Addresses.FromEnvironment(),
        Environment.GetEnvironmentVariable("PAYFLOW_POSTGRES") ?? throw new InvalidOperationException("PAYFLOW_POSTGRES is not set: run this through 'eng/payflow bench'."),
        TimeSpan.FromSeconds(Number(args, "--seconds", 10)),
        TimeSpan.FromSeconds(Number(args, "--warm-up", 20)),
        Number(args, "--clients", 64),
        Array.IndexOf(args, "--only") is >= 0 and var only && only + 1 < args.Length && args[only + 1] == "intake");

    internal static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
