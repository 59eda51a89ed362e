using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Acquirers;

/// <summary>Which acquirers there are and in which order they are asked (section <c>Auth:Routing</c>).</summary>
public sealed class RoutingOptions : IValidatableObject
{
    /// <summary>
    /// Addresses by name. Left out, the acquirer is one that the Sandbox plays: <c>services:sandbox:http:0</c> and <c>/acquirers/{name}</c>.
    /// </summary>
    public Dictionary<string, Uri?> Acquirers { get; } = new() { ["northbank"] = null, ["harbor"] = null };

    /// <summary>The order for a currency, by its ISO 4217 code.</summary>
    public Dictionary<string, string[]> Currencies { get; } = [];

    /// <summary>The order for every other currency.</summary>
    public string[] Default { get; set; } = [];   // binding adds to an array that is there, so what is usual stands in appsettings.json

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Default.Length == 0)
        {
            yield return new ValidationResult("Auth:Routing:Default must name at least one acquirer.", [nameof(Default)]);
        }

        foreach (var unknown in Currencies.Values.Append(Default).SelectMany(names => names).Where(name => !Acquirers.ContainsKey(name)).Distinct())
        {
            yield return new ValidationResult($"Auth:Routing names '{unknown}', which is not among Auth:Routing:Acquirers.", [nameof(Acquirers)]);
        }

        foreach (var unknown in Currencies.Keys.Where(code => !Currency.TryParse(code, out _)))
        {
            yield return new ValidationResult($"Auth:Routing:Currencies: '{unknown}' is not a currency.", [nameof(Currencies)]);
        }
    }
}
