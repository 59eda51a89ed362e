using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Acquirers;

/// <summary>What routing looks at.</summary>
/// <param name="Own">The merchant's own order; may be empty.</param>
/// <param name="Brand">Of the card; null for a bank account.</param>
/// <param name="Country">Where the card was issued, ISO 3166-1 alpha-2; null when that isn't known.</param>
/// <param name="RiskScore">Null when Fraud has not judged.</param>
public sealed record RouteQuestion(Id Merchant, IReadOnlyList<string> Own, Money Amount, PaymentMethodType Method, string? Brand, string? Country, int? RiskScore)
{
    public static RouteQuestion Of(Id merchant, IReadOnlyList<string> own, Money amount, PaymentMethod method, int? riskScore) =>
        new(merchant, own, amount, method.Type, (method as CardView)?.Brand, (method as CardView)?.Country, riskScore);
}

/// <summary>Whom to ask, first to last.</summary>
/// <param name="Why">merchant, table, currency, default or cheapest.</param>
public sealed record RouteOrder(string Why, ImmutableArray<string> Acquirers);

/// <summary>Whether an acquirer should be sent a payment now.</summary>
public enum Standing
{
    /// <summary>It takes this payment.</summary>
    Ready,

    /// <summary>It comes back from an outage and this payment is not in its share yet: it is asked when nobody else is there.</summary>
    Recovering,

    /// <summary>Its breaker lets nothing through.</summary>
    Away,
}

/// <summary>The acquirer to ask.</summary>
/// <param name="Why">Why its order was the one to follow.</param>
/// <param name="PassedOver">Who stood before it in the order, and why not: tried, recovering or away.</param>
public sealed record RouteChoice(string Acquirer, string Why, ImmutableArray<(string Acquirer, string Reason)> PassedOver)
{
    /// <summary>Says in a line of history why it was chosen.</summary>
    public JsonObject Explain(JsonObject metadata)
    {
        metadata["route"] = Why;
        if (!PassedOver.IsEmpty)
        {
            metadata["passed_over"] = new JsonObject(PassedOver.Select(passed => KeyValuePair.Create(passed.Acquirer, (JsonNode?)passed.Reason)));
        }

        return metadata;
    }
}

/// <summary>Whom to ask, and in which order. Pure.</summary>
public static class RoutingRules
{
    public const string Merchant = "merchant";
    public const string Table = "table";
    public const string ByCurrency = "currency";
    public const string Default = "default";
    public const string Cheapest = "cheapest";

    /// <summary>
    /// The merchant's own order, else that of the rule of the table that says most, else the currency's, else the default; the cheapest first where risk is low. Each is read as if it
    /// named only those that take what is paid with, and one of whom none does as if it weren't there.
    /// </summary>
    public static RouteOrder Order(RoutingOptions table, RouteQuestion question)
    {
        // A merchant's setting may name an acquirer that is gone since.
        var own = Taking(table, question, question.Own);
        if (own.Length > 0)
        {
            return new RouteOrder(Merchant, own);
        }

        var order = ByTable(table, question);
        return question.RiskScore < table.CheapestBelow ? CheapestFirst(table, question, order) : order;
    }

    /// <summary>The first of an order who takes the payment; where nobody does, the first who comes back from an outage.</summary>
    /// <param name="tried">Those that must not be asked again.</param>
    public static RouteChoice? Choose(RouteOrder order, IReadOnlySet<string> tried, Func<string, Standing> standing)
    {
        var passedOver = ImmutableArray.CreateBuilder<(string Acquirer, string Reason)>();
        foreach (var acquirer in order.Acquirers)
        {
            var now = standing(acquirer);
            if (tried.Contains(acquirer))
            {
                passedOver.Add((acquirer, "tried"));
            }
            else if (now == Standing.Ready)
            {
                return new RouteChoice(acquirer, order.Why, passedOver.ToImmutable());
            }
            else
            {
                passedOver.Add((acquirer, now == Standing.Recovering ? "recovering" : "away"));
            }
        }

        var recovering = passedOver.FirstOrDefault(passed => passed.Reason == "recovering").Acquirer;
        return recovering is null ? null : new RouteChoice(recovering, order.Why, [.. passedOver.Where(passed => passed.Acquirer != recovering)]);
    }

    /// <summary>Whether a payment is in the share of its traffic that a recovering acquirer gets: always the same for a payment, and once it is in it stays in.</summary>
    /// <param name="share">0 to 1.</param>
    public static bool IsInShare(Id payment, string acquirer, double share)
    {
        if (share >= 1)
        {
            return true;   // as almost always
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{acquirer}:{payment.Value:N}"), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) < share * uint.MaxValue;
    }

    private static RouteOrder ByTable(RoutingOptions table, RouteQuestion question)
    {
        var rule = table.Table.Where(rule => Fits(table, rule, question) && !Taking(table, question, rule.Order).IsEmpty).MaxBy(SaysMuch);
        if (rule is not null)
        {
            return new RouteOrder(Table, Taking(table, question, rule.Order));
        }

        return table.Currencies.TryGetValue(question.Amount.Currency.Code, out var order) && Taking(table, question, order) is { IsEmpty: false } ofCurrency
            ? new RouteOrder(ByCurrency, ofCurrency)
            : new RouteOrder(Default, Taking(table, question, table.Default));
    }

    private static ImmutableArray<string> Taking(RoutingOptions table, RouteQuestion question, IEnumerable<string> order) =>
        [.. order.Where(name => table.Acquirers.TryGetValue(name, out var acquirer) && acquirer.Takes == question.Method).Distinct()];

    private static bool Fits(RoutingOptions table, RouteRule rule, RouteQuestion question) =>
        (rule.Merchant is null || rule.Merchant == question.Merchant.ToString())
        && (rule.Currency is null || rule.Currency == question.Amount.Currency.Code)
        && IsOf(table, rule.Region, question.Country)
        && (rule.Brand is null || rule.Brand == question.Brand);

    // A merchant says more than a currency, that more than a region, that more than a brand. MaxBy keeps the first of equals: the earlier in the table.
    private static int SaysMuch(RouteRule rule) =>
        (rule.Merchant is null ? 0 : 8) + (rule.Currency is null ? 0 : 4) + (rule.Region is null ? 0 : 2) + (rule.Brand is null ? 0 : 1);

    private static bool IsOf(RoutingOptions table, string? region, string? country) =>
        region is null || (country is not null && (region == country || (table.Regions.TryGetValue(region, out var countries) && countries.Contains(country))));

    // Stable: who costs the same keeps the order, and who has no price comes after all who have.
    private static RouteOrder CheapestFirst(RoutingOptions table, RouteQuestion question, RouteOrder order)
    {
        var cheapest = order.Acquirers.OrderBy(acquirer => CostOf(table, acquirer, question) ?? Int128.MaxValue).ToImmutableArray();
        return cheapest.SequenceEqual(order.Acquirers) ? order : new RouteOrder(Cheapest, cheapest);
    }

    // In 1/10,000 of a minor unit: two prices must not look the same because they were rounded.
    private static Int128? CostOf(RoutingOptions table, string acquirer, RouteQuestion question)
    {
        var line = table.Acquirers[acquirer].Costs
            .Where(line => (line.Brand is null || line.Brand == question.Brand) && IsOf(table, line.Region, question.Country))
            .MaxBy(line => (line.Region is null ? 0 : 2) + (line.Brand is null ? 0 : 1));
        return line is null ? null : ((Int128)question.Amount.MinorUnits * line.BasisPoints) + ((Int128)line.Fixed * 10_000);
    }
}
