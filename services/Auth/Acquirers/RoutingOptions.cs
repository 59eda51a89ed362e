using System.ComponentModel.DataAnnotations;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Acquirers;

/// <summary>Which acquirers there are and in which order they are asked (section <c>Auth:Routing</c>).</summary>
public sealed class RoutingOptions : IValidatableObject
{
    /// <summary>The acquirers by name.</summary>
    public Dictionary<string, AcquirerSettings> Acquirers { get; } = [];

    /// <summary>Orders for some payments; the rule that says most goes first, and of two that say as much the earlier.</summary>
    public List<RouteRule> Table { get; } = [];

    /// <summary>Names for groups of countries of issue (ISO 3166-1 alpha-2), to be used where a region is asked for.</summary>
    public Dictionary<string, string[]> Regions { get; } = [];

    /// <summary>The order for a currency, by its ISO 4217 code, where no rule of the table fits.</summary>
    public Dictionary<string, string[]> Currencies { get; } = [];

    /// <summary>The order for everything else. Of every order a payment gets those that take what it is paid with.</summary>
    public string[] Default { get; set; } = [];   // binding adds to an array that is there, so what is usual stands in appsettings.json

    /// <summary>
    /// Payments whose risk score is below this go to the cheapest acquirer of their order first; zero turns that off. A merchant's own order is never changed, and a payment that
    /// Fraud has not seen has no low score.
    /// </summary>
    [Range(0, 100)]
    public int CheapestBelow { get; set; }

    /// <summary>
    /// After which declines another acquirer is asked, once: those that say that the issuer or the network was away. Only a soft decline is ever followed by another try.
    /// </summary>
    public Dictionary<string, bool> TryNextAfter { get; } = new()
    {
        [DeclineCodes.ProcessingError] = true,
        [DeclineCodes.IssuerUnavailable] = true,
        [DeclineCodes.InsufficientFunds] = false,
        [DeclineCodes.AuthenticationRequired] = false,
    };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Default.Length == 0)
        {
            yield return new ValidationResult("Auth:Routing:Default must name at least one acquirer.", [nameof(Default)]);
        }

        var orders = Currencies.Values.Append(Default).Concat(Table.Select(rule => rule.Order));
        foreach (var unknown in orders.SelectMany(names => names).Where(name => !Acquirers.ContainsKey(name)).Distinct())
        {
            yield return new ValidationResult($"Auth:Routing names '{unknown}', which is not among Auth:Routing:Acquirers.", [nameof(Acquirers)]);
        }

        foreach (var unknown in Currencies.Keys.Concat(Table.Select(rule => rule.Currency).OfType<string>()).Where(code => !Currency.TryParse(code, out _)).Distinct())
        {
            yield return new ValidationResult($"Auth:Routing: '{unknown}' is not a currency.", [nameof(Currencies)]);
        }

        foreach (var empty in Table.Where(rule => rule.Order.Length == 0))
        {
            yield return new ValidationResult($"Auth:Routing:Table has a rule without an order: {empty}.", [nameof(Table)]);
        }

        foreach (var type in Acquirers.Values.Select(acquirer => acquirer.Takes).Distinct().Where(type => !Default.Any(name => Acquirers.TryGetValue(name, out var acquirer) && acquirer.Takes == type)))
        {
            yield return new ValidationResult($"Auth:Routing:Default names no acquirer that takes {Names.Of(type)}, and Auth:Routing:Acquirers has one.", [nameof(Default)]);
        }

        foreach (var (name, settings) in Acquirers.Where(acquirer => acquirer.Value is { Takes: PaymentMethodType.BankAccount, Format: not AcquirerFormat.Json }))
        {
            yield return new ValidationResult($"Auth:Routing:Acquirers:{name} takes bank accounts, of which {settings.Format} knows nothing: only Json does.", [nameof(Acquirers)]);
        }

        foreach (var (name, settings) in Acquirers.Where(acquirer => acquirer.Value.SettlesAfterDays is < 0 or > 30))
        {
            yield return new ValidationResult($"Auth:Routing:Acquirers:{name} settles after {settings.SettlesAfterDays} days; 0 to 30 are possible.", [nameof(Acquirers)]);
        }

        foreach (var (name, cost) in Acquirers.SelectMany(acquirer => acquirer.Value.Costs.Select(cost => (acquirer.Key, cost))).Where(line => line.cost.BasisPoints < 0 || line.cost.Fixed < 0))
        {
            yield return new ValidationResult($"Auth:Routing:Acquirers:{name} has a cost below zero: {cost.BasisPoints} basis points and {cost.Fixed}.", [nameof(Acquirers)]);
        }
    }
}

/// <summary>The format of wire that an acquirer speaks.</summary>
public enum AcquirerFormat
{
    Json,
    Xml,
    Form,
}

/// <summary>An acquirer as configuration describes it.</summary>
public sealed class AcquirerSettings
{
    /// <summary>Left out, the acquirer is one that the Sandbox plays (<c>services:sandbox:http:0</c>).</summary>
    public Uri? Address { get; set; }

    public AcquirerFormat Format { get; set; }

    /// <summary>What payments it takes are paid with: one thing, so that a batch, a report and a receivable account are of one thing, too.</summary>
    public PaymentMethodType Takes { get; set; }

    /// <summary>Business days from the settlement date until the acquirer settles; 0 to 30; only estimates are made of it.</summary>
    public int SettlesAfterDays { get; set; }

    /// <summary>What it takes for a payment; the line that says most counts. Without a line that fits the acquirer is never the cheapest.</summary>
    public List<CostLine> Costs { get; } = [];
}

/// <summary>What an acquirer takes for payments with some cards.</summary>
public sealed class CostLine
{
    /// <summary>Brand of the card; null for all.</summary>
    public string? Brand { get; set; }

    /// <summary>Country of issue, or a name of <see cref="RoutingOptions.Regions"/>; null for all.</summary>
    public string? Region { get; set; }

    /// <summary>1/100 of a percent of the amount.</summary>
    public int BasisPoints { get; set; }

    /// <summary>Minor units of the payment's currency, besides.</summary>
    public long Fixed { get; set; }
}

/// <summary>An order for the payments that fit everything that the rule names.</summary>
public sealed record RouteRule
{
    /// <summary>A merchant's id; null for all.</summary>
    public string? Merchant { get; init; }

    /// <summary>ISO 4217; null for all.</summary>
    public string? Currency { get; init; }

    /// <summary>Country of issue, or a name of <see cref="RoutingOptions.Regions"/>; null for all.</summary>
    public string? Region { get; init; }

    /// <summary>Brand of the card; null for all.</summary>
    public string? Brand { get; init; }

    public string[] Order { get; init; } = [];
}
