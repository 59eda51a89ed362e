using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.UnitTests;

/// <summary>An unremarkable payment, and what tests change of it.</summary>
internal static class Facts
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 30, 0, TimeSpan.Zero);

    public static FraudOptions Options { get; } = new()
    {
        CardSpend = [new() { Currency = "USD", Minute = 200_000, Hour = 500_000, Day = 1_000_000, Points = 25 }],
    };

    public static CardFacts Card { get; } = new("fp_1", "45717360", "1234", "US");

    public static RiskFacts Quiet { get; } = new(
        new RiskRequest(
            Id.New(IdPrefix.Payment, new Slot(7), Now),
            Id.New(IdPrefix.Merchant, new Slot(7), Now),
            Mode.Test,
            new Money(1_500, Currency.Usd),
            Card,
            "203.0.113.7",
            BillingCountry: "US",
            ShippingCountry: "US",
            IpCountry: "US"),
        new Activity(new CardActivity(new(1, 1, 1), new(1_500, 1_500, 1_500)), new(1, 1, 1)),
        default,
        default);

    public static RiskFacts WithCardPayments(long minute, long hour, long day) =>
        Quiet with { Activity = Quiet.Activity! with { Card = new CardActivity(new(minute, hour, day), new(1, 1, 1)) } };

    public static RiskFacts WithSpent(long minute, long hour, long day, string currency = "USD") =>
        Quiet.WithRequest(request => request with { Amount = new Money(1_500, Currency.Parse(currency)) }) with
        {
            Activity = Quiet.Activity! with { Card = new CardActivity(new(1, 1, 1), new(minute, hour, day)) },
        };

    public static RiskFacts WithAddressPayments(long minute, long hour, long day) =>
        Quiet with { Activity = Quiet.Activity! with { Address = new(minute, hour, day) } };

    public static RiskFacts WithRequest(this RiskFacts facts, Func<RiskRequest, RiskRequest> change) => facts with { Request = change(facts.Request) };

    public static RiskFacts WithCard(this RiskFacts facts, string bin, string last4, Mode mode = Mode.Test) =>
        facts.WithRequest(request => request with { Mode = mode, Card = Card with { Bin = bin, Last4 = last4 } });

    public static RiskFacts Paying(this RiskFacts facts, long amount) => facts.WithRequest(request => request with { Amount = new Money(amount, Currency.Usd) });

    public static AmountHistory HistoryOf(params ReadOnlySpan<long> amounts)
    {
        var history = default(AmountHistory);
        foreach (var amount in amounts)
            history = history.With(amount);
        return history;
    }

    public static AmountHistory Alike(int samples, long amount) => HistoryOf([.. Enumerable.Repeat(amount, samples)]);

    public static RiskReason? Reason(this RiskFacts facts, string code) => RiskRules.Score(facts, Options).Reasons.SingleOrDefault(reason => reason.Code == code);
}
