using Microsoft.Extensions.Configuration;

namespace PayFlow.ServiceDefaults.Http;

/// <summary>Where another service is: <c>services:NAME:ENDPOINT:0</c>, as the AppHost injects it.</summary>
public static class ServiceAddress
{
    /// <summary>The address of a service's endpoint.</summary>
    /// <param name="service">Its name in the AppHost: <c>ledger</c>.</param>
    /// <param name="endpoint"><c>http</c> or <c>grpc</c>.</param>
    /// <exception cref="InvalidOperationException">It isn't configured, or isn't an address.</exception>
    public static Uri Of(IConfiguration configuration, string service, string endpoint)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var key = $"services:{service}:{endpoint}:0";
        var address = configuration[key];
        return address is null
            ? throw new InvalidOperationException(
                $"The address of '{service}' is missing: configuration {key} (environment {key.Replace(":", "__", StringComparison.Ordinal)}). The AppHost sets it by WithReference({service}).")
            : Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri
                : throw new InvalidOperationException($"{key} is '{address}', which is not an http address.");
    }
}
