using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Acquirers;

public sealed class RoutingOptionsTests
{
    [Fact]
    public void Validate_WhatIsRight_IsLetThrough() => Assert.Empty(Right().Validate(new(new object())));

    [Fact]
    public void Validate_NothingSaid_NeedsADefault() => Assert.Contains("Default", Assert.Single(new RoutingOptions().Validate(new(new object()))).ErrorMessage, StringComparison.Ordinal);

    [Fact]
    public void Validate_WhatIsWrong_IsToldAllAtOnce()
    {
        var wrong = Right();
        wrong.Default = ["nobody"];
        wrong.Currencies["XYZ"] = ["northbank"];
        wrong.Table.Add(new() { Currency = "ABC", Order = ["stranger"] });
        wrong.Table.Add(new() { Brand = "visa" });
        wrong.Acquirers["keystone"] = new() { Takes = PaymentMethodType.BankAccount, Format = AcquirerFormat.Xml, SettlesAfterDays = 31 };
        wrong.Acquirers["northbank"].Costs.Add(new() { BasisPoints = -1 });
        var said = string.Join('\n', wrong.Validate(new(new object())).Select(fault => fault.ErrorMessage));
        Assert.All(["'nobody'", "'stranger'", "'XYZ'", "'ABC'", "rule without an order", "cost below zero", "no acquirer that takes bank_account", "only Json does", "settles after 31 days"], part => Assert.Contains(part, said, StringComparison.Ordinal));
    }

    private static RoutingOptions Right() => new() { Acquirers = { ["northbank"] = new() }, Default = ["northbank"] };
}
