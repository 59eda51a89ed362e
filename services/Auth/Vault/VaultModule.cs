using Microsoft.Extensions.Options;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Health;

namespace PayFlow.Auth.Vault;

/// <summary>The vault: what goes in and out, and the rotation of its keys.</summary>
internal static class VaultModule
{
    public static void AddVault(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<VaultOptions>("Auth:Vault");
        var services = builder.Services;
        services.AddSingleton<Envelope>();
        services.AddSingleton<CardVault>();
        services.AddSingleton<CreateToken>();
        services.AddSingleton<RotationProgress>();
        services.AddHostedService<VaultKeysCheck>();
        services.AddHostedService<VaultRotation>();
        builder.AddReadyCheck("vault-key", (provider, _) => CheckAge(provider), Need.Optional);
    }

    /// <summary>For operators.</summary>
    public static void MapRotation(this WebApplication app) => app
        .MapGet("/internal/vault/rotation", async (RotationProgress progress, CancellationToken ct) => Results.Ok(await progress.ViewAsync(ct)))
        .ExcludeFromDescription();

    // Degraded, not unhealthy: an old key still opens everything.
    private static Task CheckAge(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<VaultOptions>>().Value;
        return options.DueAt is { } due && provider.GetRequiredService<TimeProvider>().GetUtcNow() >= due
            ? throw new InvalidOperationException($"key rotation due: '{options.KeyId}' was to be replaced by {due:yyyy-MM-dd}")
            : Task.CompletedTask;
    }
}
