using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

/// <summary>
/// Postgres, Redis and Kafka, as their connection strings: all a service ever sees of them. They run in containers
/// (Containers.cs) or as processes of this machine (LocalProcesses.cs); no service knows which.
/// </summary>
/// <param name="Databases">The databases of the one Postgres server, by name.</param>
/// <param name="Redis">The Redis server.</param>
/// <param name="Kafka">The Kafka broker.</param>
internal sealed partial record Servers(
    IReadOnlyDictionary<string, IResourceBuilder<IResourceWithConnectionString>> Databases,
    IResourceBuilder<IResourceWithConnectionString> Redis,
    IResourceBuilder<IResourceWithConnectionString> Kafka)
{
    private const int PostgresPort = 5433;
    private const int RedisPort = 6380;
    private const int KafkaPort = 9092;

    /// <summary>One database per service, owned by it alone.</summary>
    private static readonly string[] DatabaseNames = ["payments", "ledger", "fraud", "settlement", "reconciliation", "sandbox"];

    /// <summary>Adds the three servers to the application, and says in one line how they run and why.</summary>
    public static Servers Add(IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password)
    {
        var asked = builder.Configuration["resources"];
        if (asked is not (null or "" or "containers" or "local"))
            throw new InvalidOperationException($"resources is '{asked}': it must be containers or local.");

        // Publishing always means containers: executables never reach a compose file.
        var publishing = builder.ExecutionContext.IsPublishMode;
        var runtime = publishing || asked is "containers" or "local" ? null : ContainerRuntime();

        Servers? servers = null;
        if (publishing || asked == "containers" || runtime is not null)
            AddContainers(builder, password, ref servers);
        if (servers is null && (publishing || asked == "containers"))
            throw new InvalidOperationException("Containers need Aspire's own packages, which this build was made without (PayFlowFeed=partial). Use --resources local.");

        var why = (asked, runtime) switch
        {
            ("containers" or "local", _) => "as asked",
            (_, null) => "no container runtime answers",
            (_, { } name) => servers is null ? $"{name} answers, but this build was made without Aspire's container packages" : $"{name} answers",
        };
        if (!publishing)
            Console.WriteLine($"Postgres, Redis and Kafka run {(servers is null ? "as local processes" : "in containers")} ({why}).");

        return servers ?? AddLocalProcesses(builder, password);
    }

    /// <summary>
    /// Defined in Containers.cs, which a build without Aspire's container packages leaves out: then the call disappears
    /// and <paramref name="servers"/> stays null.
    /// </summary>
    static partial void AddContainers(IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password, ref Servers? servers);

    /// <summary>The container runtime that answers on this machine, if any does within five seconds.</summary>
    private static string? ContainerRuntime() => Array.Find(["docker", "podman"], Answers);

    private static bool Answers(string command)
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(command, "info") { RedirectStandardOutput = true, RedirectStandardError = true });
            if (probe is null)
                return false;
            // Read both to their end, or a talkative runtime fills the pipe and never exits.
            probe.OutputDataReceived += static (_, _) => { };
            probe.ErrorDataReceived += static (_, _) => { };
            probe.BeginOutputReadLine();
            probe.BeginErrorReadLine();
            if (probe.WaitForExit(TimeSpan.FromSeconds(5)))
                return probe.ExitCode == 0;
            probe.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false;   // not installed
        }
    }
}
