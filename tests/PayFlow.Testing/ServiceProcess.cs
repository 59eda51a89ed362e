using System.Diagnostics.CodeAnalysis;

namespace PayFlow.Testing;

/// <summary>A built service as a process of its own: <c>dotnet exec PayFlow.X.dll</c>, in the folder of the assembly.</summary>
/// <param name="assembly">The service's assembly; <see cref="Repository.Assembly"/> finds it.</param>
/// <param name="environment">Its configuration, <c>__</c> between the parts of a key. A null value unsets what is inherited.</param>
/// <param name="arguments">Its command line.</param>
public sealed class ServiceProcess(string assembly, IReadOnlyDictionary<string, string?> environment, params string[] arguments) : ChildProcess
{
    // What a launcher sets for a service and therefore does not hand on from itself.
    private static readonly string[] NotInherited = ["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "OTEL_SERVICE_NAME"];

    /// <summary>Starts the service, or starts it again. Returns when the process runs, not when the service is healthy.</summary>
    public Task StartAsync() => LaunchAsync("dotnet", ["exec", assembly, .. arguments], Path.GetDirectoryName(assembly)!,
        NotInherited.Select(name => KeyValuePair.Create(name, (string?)null)).Concat(environment));

    /// <summary>Waits until <c>/health</c> answers 200.</summary>
    /// <param name="address">The service's base address.</param>
    /// <param name="patience">How long to wait; 60 s unless told.</param>
    /// <exception cref="TimeoutException">It stayed unhealthy.</exception>
    /// <exception cref="InvalidOperationException">It ended.</exception>
    public async Task WaitForHealthAsync(Uri address, TimeSpan? patience = null)
    {
        using var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(10) };
        await WaitAsync(() => IsHealthyAsync(client), "become healthy", patience ?? TimeSpan.FromSeconds(60));
    }

    /// <inheritdoc/>
    public override string ToString() => Path.GetFileNameWithoutExtension(assembly);

    [SuppressMessage("Usage", "CA2234", Justification = "The address is a path below the client's own.")]
    private static async Task<bool> IsHealthyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("health");
            return answer.IsSuccessStatusCode;
        }
        catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
