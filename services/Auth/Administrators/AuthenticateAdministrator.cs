using Microsoft.Extensions.Options;
using PayFlow.Auth.ApiKeys;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.Administrators;

/// <summary>Finds out which administrator a key belongs to, by its hash.</summary>
public sealed class AuthenticateAdministrator
{
    private static readonly Refusal Unknown = new(RefusalKind.Unauthenticated, "invalid_api_key", "This administrator's key is unknown.");

    private readonly Dictionary<string, Administrator> administrators;

    public AuthenticateAdministrator(IOptions<AdministratorOptions> options, IOptions<SeedOptions> seed, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(seed);
        administrators = options.Value.KeyHashes.ToDictionary(pair => pair.Value.ToUpperInvariant(), pair => new Administrator(pair.Key));
        if (environment.IsDevelopment() && seed.Value.AdministratorKey is { } key)
        {
            administrators[Convert.ToHexString(ApiKey.HashOf(key))] = new Administrator("development");
        }
    }

    /// <param name="hash">SHA-256 of the key as the client sent it.</param>
    public Result<Administrator> Handle(byte[] hash) =>
        administrators.TryGetValue(Convert.ToHexString(hash), out var known) ? known : Unknown;
}
