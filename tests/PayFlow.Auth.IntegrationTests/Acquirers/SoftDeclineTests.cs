using System.Text.Json.Nodes;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.IntegrationTests.Execution;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using Wire = PayFlow.Contracts.Auth.V1;

namespace PayFlow.Auth.IntegrationTests.Acquirers;

/// <summary>The issuer can't be reached through one acquirer's network, and another is asked: a decline is a certain answer.</summary>
[Collection(OneWorld.Name)]
public sealed class SoftDeclineTests(World world) : HostedTests(world)
{
    private static readonly JsonObject NetworkAway = new() { ["network_away"] = true };

    [Fact]
    public async Task Authorize_NetworkAwayAtTheFirst_IsApprovedByTheNext()
    {
        await using var chaos = await World.Acquirers.MisbehaveAsync("northbank", (JsonObject)NetworkAway.DeepClone());
        var paid = await Merchant.PayAsync();
        Assert.Equal(("authorized", "harbor", null, null), (paid["status"], paid["acquirer"], paid["decline_code"], paid["decline_kind"]));
        Assert.Equal(
            [("northbank", "declined", "issuer_unavailable", "soft"), ("harbor", "approved", null, null)],
            paid.Body["attempts"]!.AsArray().Select(attempt => ((string?)attempt!["acquirer"], (string?)attempt["status"], (string?)attempt["decline_code"], (string?)attempt["decline_kind"])));
        var attempts = (await StoredAsync(paid["id"]!)).Attempts;
        Assert.Equal([(AttemptState.Declined, DeclineKind.Soft, "issuer_unavailable"), (AttemptState.Approved, null, null)], attempts.Select(attempt => (attempt.State, attempt.DeclineKind, attempt.DeclineCode)));
        Assert.Equal(["approved", "declined"], (await BooksAsync(paid["id"]!)).Select(entry => (string?)entry["state"]).Order());

        var history = (await Merchant.GetAsync($"/v1/payments/{paid["id"]}/history")).Body["data"]!.AsArray();
        var started = history.Where(entry => (string?)entry!["type"] == "attempt.started").Select(entry => entry!["metadata"]!).ToList();
        Assert.Equal(["default", "default"], started.Select(metadata => (string?)metadata["route"]));
        Assert.Equal("tried", (string?)started[1]["passed_over"]!["northbank"]);
        Assert.Equal("soft", (string?)history.Single(entry => (string?)entry!["type"] == "attempt.declined")!["metadata"]!["decline_kind"]);
    }

    [Fact]
    public async Task Authorize_NetworkAwayEverywhere_IsDeclinedAfterTwo()
    {
        await using var first = await World.Acquirers.MisbehaveAsync("northbank", (JsonObject)NetworkAway.DeepClone());
        await using var second = await World.Acquirers.MisbehaveAsync("harbor", (JsonObject)NetworkAway.DeepClone());
        var declined = await Merchant.PayAsync();
        Assert.Equal(("declined", "issuer_unavailable", "soft"), (declined["status"], declined["decline_code"], declined["decline_kind"]));
        Assert.Equal(["northbank", "harbor"], (await StoredAsync(declined["id"]!)).Attempts.Select(attempt => attempt.Acquirer));   // meridian is well, and is not asked: once is enough
    }

    [Theory]
    [InlineData("4000000000000002", "hard")]
    [InlineData("4000000000009995", "soft")]   // and no other acquirer could help
    public async Task Authorize_OtherDeclines_AreTheEnd(string card, string kind)
    {
        var declined = await Merchant.PayAsync(number: card);
        Assert.Equal(("declined", kind), (declined["status"], declined["decline_kind"]));
        Assert.Single((await StoredAsync(declined["id"]!)).Attempts);
        var told = await new Wire.Payments.PaymentsClient(Host.Channel).GetPaymentAsync(new Wire.GetPaymentRequest { PaymentId = declined["id"] });
        Assert.Equal((declined["decline_code"], kind, kind), (told.DeclineCode, told.DeclineKind, Assert.Single(told.Attempts).DeclineKind));
    }

    /// <summary>Between the answer and the decision, between the decision and the next question, and behind it.</summary>
    [Theory]
    [InlineData("auth.acquirer.answered")]
    [InlineData("auth.attempt.committed@2")]
    [InlineData("auth.acquirer.answered@2")]
    [InlineData("auth.outcome.committed")]
    public async Task Crash_BetweenADeclineAndTheNextAttempt_HoldsItOnceAtTheNext(string crashPoint)
    {
        await using var auth = new AuthProcess(World, World.QuietDatabase, settings => settings["Auth:Executor:LeaseDuration"] = "00:00:01");
        await auth.StartAsync(crashPoint);
        await auth.WaitForHealthAsync();
        using var merchant = await auth.NewMerchantAsync();
        await using var chaos = await World.Acquirers.MisbehaveAsync("northbank", (JsonObject)NetworkAway.DeepClone());
        var lost = await MerchantsDay.OrNullAsync(merchant.PostAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync()), MerchantClient.NewKey()));
        Assert.Null(lost);
        await UntilAsync(() => Task.FromResult(!auth.IsRunning));

        await auth.StartAsync();
        await Agreement.WaitForRestAsync(auth, World.QuietDatabase, merchant.Merchant);
        await Agreement.AssertAsync(World, auth, World.QuietDatabase, merchant.Merchant);
        var payment = Assert.Single(await auth.PaymentsAsync(merchant.Merchant));
        Assert.Equal(("authorized", "harbor"), (payment.Status, payment.Acquirer));
        Assert.Equal(["declined", "approved"], payment.Attempts.Select(attempt => attempt.State));
    }
}

/// <summary>The one who declined softly has nobody behind it.</summary>
[Collection(OneWorld.Name)]
public sealed class SoftDeclineAloneTests(World world) : HostedTests(world)
{
    private readonly int nobodyListens = Testing.FreePort.Next();

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:Routing:Acquirers:harbor:Address"] = World.Local(nobodyListens).AbsoluteUri;
        settings["Auth:Routing:Acquirers:meridian:Address"] = World.Local(nobodyListens).AbsoluteUri;
    };

    [Fact]
    public async Task Authorize_NobodyElseReachable_IsTheFirstOnesDeclineAtOnce()
    {
        await using var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["network_away"] = true });
        var declined = await Merchant.PayAsync();
        Assert.Equal(("declined", "issuer_unavailable", "northbank"), (declined["status"], declined["decline_code"], declined["acquirer"]));
        Assert.Equal([AttemptState.Declined, AttemptState.NotProcessed, AttemptState.NotProcessed], (await StoredAsync(declined["id"]!)).Attempts.Select(attempt => attempt.State));
    }
}
