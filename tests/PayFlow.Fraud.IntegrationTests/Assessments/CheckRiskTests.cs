using Grpc.Core;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Fraud.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Rpc;

namespace PayFlow.Fraud.IntegrationTests.Assessments;

[Collection(SharedFraud.Name)]
public sealed class CheckRiskTests(SharedFraud shared)
{
    private readonly FraudProcess _fraud = shared.Fraud;

    [Fact]
    public async Task CheckRisk_QuietPayment_IsAllowedAndKept()
    {
        var request = Asks.About(Asks.NewFingerprint());
        var answer = await _fraud.Client.CheckRiskAsync(request);
        Assert.Equal((request.PaymentId, 0, RiskDecision.Allow, false, "rules-1"), (answer.PaymentId, answer.Score, answer.Decision, answer.Degraded, answer.ScoredBy));
        Assert.Empty(answer.Reasons);
        Assert.Equal(answer, await _fraud.Client.GetAssessmentAsync(new() { PaymentId = request.PaymentId }));
    }

    [Theory]
    [InlineData("4954", 95, RiskDecision.Block, "test_card_highest_risk")]
    [InlineData("9235", 65, RiskDecision.Authenticate, "test_card_elevated_risk")]
    public async Task CheckRisk_TestCard_HasTheRiskItAsksFor(string last4, int score, RiskDecision decision, string code)
    {
        var answer = await _fraud.Client.CheckRiskAsync(Asks.About(Asks.NewFingerprint(), bin: "40000000", last4: last4));
        Assert.Equal((score, decision), (answer.Score, answer.Decision));
        Assert.Equal((code, score), (Assert.Single(answer.Reasons).Code, answer.Reasons[0].Points));
    }

    [Fact]
    public async Task CheckRisk_SamePaymentFiftyTimesAtOnce_CountsOnceEverywhere()
    {
        var request = Asks.About(Asks.NewFingerprint());
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _fraud.Client.CheckRiskAsync(request).ResponseAsync));
        Assert.Single(answers.Distinct());
        Assert.Empty(await MiscountsAsync(request, payments: 1));

        // Planted violation: the same check sees a payment that counted twice.
        await _fraud.Client.CheckRiskAsync(Asks.About(request.Card.Fingerprint, request.MerchantId));
        Assert.Equal(["assessments 2", "velocity 2", "card history 2", "merchant history 2"], await MiscountsAsync(request, payments: 1));
    }

    [Fact]
    public async Task CheckRisk_SamePaymentAtTwoProcessesAtOnce_CountsOnceAndAnswersAlike()
    {
        await using var twin = await _fraud.StartTwinAsync();
        for (var round = 0; round < 10; round++)
        {
            var request = Asks.About(Asks.NewFingerprint());
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? _fraud : twin).Client.CheckRiskAsync(request).ResponseAsync));
            Assert.Single(answers.Distinct());
            Assert.Empty(await MiscountsAsync(request, payments: 1));
        }
    }

    [Fact]
    public async Task CheckRisk_OneCardAgainAndAgain_BecomesRiskierAndOldAnswersStay()
    {
        var fingerprint = Asks.NewFingerprint();
        var requests = Enumerable.Range(0, 11).Select(_ => Asks.About(fingerprint)).ToList();
        var scores = new List<int>();
        foreach (var request in requests)
            scores.Add((await _fraud.Client.CheckRiskAsync(request)).Score);

        // 3 a minute are usual.
        Assert.Equal([0, 0, 0, 30, 30, 30, 60, 60, 60, 90, 90], scores);
        var again = await Task.WhenAll(requests.Select(request => _fraud.Client.CheckRiskAsync(request).ResponseAsync));
        Assert.Equal(scores, again.Select(answer => answer.Score));
        Assert.Equal("4 payments with this card within a minute; up to 3 are usual.", Assert.Single(again[3].Reasons).Explanation);
    }

    [Fact]
    public async Task CheckRisk_ManyPaymentsAtOnce_AreAllCounted()
    {
        var (fingerprint, merchant) = (Asks.NewFingerprint(), Asks.NewMerchant());
        var requests = Enumerable.Range(0, 90).Select(i => Asks.About(fingerprint, merchant, amount: 1_000 + i, bin: "42424242", last4: "4242")).ToList();
        await Task.WhenAll(requests.Select(request => _fraud.Client.CheckRiskAsync(request).ResponseAsync));
        Assert.Empty(await MiscountsAsync(requests[0], payments: 90));
        Assert.Equal(requests.Sum(request => request.Amount.MinorUnits), (long)(decimal)(await _fraud.QueryAsync($"SELECT total FROM amount_history WHERE key = '{fingerprint}'"))!);
    }

    [Fact]
    public async Task CheckRisk_MoneySpentWithACard_AddsUpWithinItsCurrency()
    {
        var fingerprint = Asks.NewFingerprint();
        await _fraud.Client.CheckRiskAsync(Asks.About(fingerprint, amount: 150_000));
        var euros = Asks.About(fingerprint, amount: 100_000);
        euros.Amount.Currency = "EUR";
        Assert.Equal(0, (await _fraud.Client.CheckRiskAsync(euros)).Score);
        var more = await _fraud.Client.CheckRiskAsync(Asks.About(fingerprint, amount: 100_000));
        Assert.Equal("2500.00 USD with this card within a minute; up to 2000.00 USD is usual.", Assert.Single(more.Reasons).Explanation);
    }

    [Fact]
    public async Task CheckRisk_OneAddressAtAMerchant_IsCountedThereOnly()
    {
        var merchant = Asks.NewMerchant();
        RiskAssessment? last = null;
        for (var i = 0; i < 21; i++)
            last = await _fraud.Client.CheckRiskAsync(From("203.0.113.7", merchant));
        Assert.Equal("ip_velocity", Assert.Single(last!.Reasons).Code);
        Assert.Equal(0, (await _fraud.Client.CheckRiskAsync(From("203.0.113.8", merchant))).Score);
        Assert.Equal(0, (await _fraud.Client.CheckRiskAsync(From("203.0.113.7", Asks.NewMerchant()))).Score);

        static CheckRiskRequest From(string address, string merchant)
        {
            var request = Asks.About(Asks.NewFingerprint(), merchant);
            request.IpAddress = address;
            return request;
        }
    }

    [Fact]
    public async Task CheckRisk_AmountFarAboveTheMerchantsHistory_HasItsReason()
    {
        var merchant = Asks.NewMerchant();
        for (var i = 0; i < 30; i++)
            await _fraud.Client.CheckRiskAsync(Asks.About(Asks.NewFingerprint(), merchant, amount: 1_000 + (i % 5)));
        Assert.Equal(0, (await _fraud.Client.CheckRiskAsync(Asks.About(Asks.NewFingerprint(), merchant, amount: 1_400))).Score);
        var answer = await _fraud.Client.CheckRiskAsync(Asks.About(Asks.NewFingerprint(), merchant, amount: 90_000));
        Assert.Equal(("amount_anomaly", 25), (Assert.Single(answer.Reasons).Code, answer.Score));
    }

    [Fact]
    public async Task CheckRisk_BlockedPayment_TeachesTheHistoryNothing()
    {
        var request = Asks.About(Asks.NewFingerprint(), bin: "40000000", last4: "4954");
        Assert.Equal(RiskDecision.Block, (await _fraud.Client.CheckRiskAsync(request)).Decision);
        Assert.Equal(0L, await _fraud.QueryAsync($"SELECT count(*) FROM amount_history WHERE key IN ('{request.Card.Fingerprint}', '{request.MerchantId}')"));
    }

    [Fact]
    public async Task CheckRisk_WrongRequest_NamesEveryFieldAndKeepsNothing()
    {
        var request = Asks.About("", amount: 0);
        (request.PaymentId, request.Amount.Currency, request.Mode) = ("pay_nothing", "usd", default);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _fraud.Client.CheckRiskAsync(request));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal(
            ["amount.currency", "amount.minor_units", "card.fingerprint", "mode", "payment_id"],
            refused.Refusal()!.Errors.Select(error => error.Param).Order());
    }

    [Fact]
    public async Task CheckRisk_OptionalSignalsThatCannotBeRead_AreNoSignals()
    {
        var request = Asks.About(Asks.NewFingerprint());
        (request.BillingCountry, request.ShippingCountry, request.IpCountry, request.IpAddress) = ("Narnia", "us", "??", new string('x', 5_000));
        Assert.Equal(0, (await _fraud.Client.CheckRiskAsync(request)).Score);
    }

    [Fact]
    public async Task GetAssessment_NeverAsked_IsNotFound()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _fraud.Client.GetAssessmentAsync(new() { PaymentId = Asks.About("fp").PaymentId }));
        Assert.Equal(StatusCode.NotFound, refused.StatusCode);
    }

    // What was decided stays decided: not even the service itself may change it, and the database checks what it writes.
    [Theory]
    [InlineData("UPDATE assessments SET score = 0", "payflow_fraud", "42501")]
    [InlineData("DELETE FROM assessments", "payflow_fraud", "42501")]
    [InlineData("UPDATE assessments SET score = 101", null, "23514")]
    [InlineData("UPDATE assessments SET decision = 'perhaps'", null, "23514")]
    public async Task Assessment_PlantedViolation_IsRefusedByTheDatabase(string sql, string? role, string state)
    {
        await _fraud.Client.CheckRiskAsync(Asks.About(Asks.NewFingerprint()));
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => _fraud.QueryAsync(sql, role));
        Assert.Equal(state, refused.SqlState);
    }

    /// <summary>Where a card and its merchant have another count than so many payments.</summary>
    private async Task<List<string>> MiscountsAsync(CheckRiskRequest request, long payments)
    {
        (string What, object? Count)[] counts =
        [
            ("assessments", await _fraud.QueryAsync($"SELECT count(*) FROM assessments WHERE card_fingerprint = '{request.Card.Fingerprint}'")),
            ("velocity", await _fraud.CountedAsync(request.Card.Fingerprint)),
            ("card history", await _fraud.QueryAsync($"SELECT samples FROM amount_history WHERE subject = 'card' AND key = '{request.Card.Fingerprint}'")),
            ("merchant history", await _fraud.QueryAsync($"SELECT samples FROM amount_history WHERE subject = 'merchant' AND key = '{request.MerchantId}'")),
        ];
        return [.. counts.Where(count => count.Count as long? != payments).Select(count => $"{count.What} {count.Count}")];
    }
}
