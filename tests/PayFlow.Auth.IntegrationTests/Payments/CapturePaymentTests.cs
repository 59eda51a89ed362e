using System.Net;
using Npgsql;
using PayFlow.Auth.Execution;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class CapturePaymentTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Capture_InParts_LastReleasesTheRest()
    {
        var paid = await Merchant.PayAsync(1000);
        var first = await Merchant.CaptureAsync(paid["id"]!, 300);
        Assert.Equal((HttpStatusCode.OK, "partially_captured", 300L), (first.Status, first["status"], (long)first.Body["amounts"]!["captured"]!));
        var tooMuch = await Merchant.CaptureAsync(paid["id"]!, 701);
        Assert.Equal((HttpStatusCode.Conflict, "amount_too_large", "Cannot capture 7.01 USD: 7.00 USD is left to capture."), (tooMuch.Status, tooMuch["code"], tooMuch["detail"]));
        var last = await Merchant.CaptureAsync(paid["id"]!, 200, final: true);
        Assert.Equal(("captured", 500L, 500L), (last["status"], (long)last.Body["amounts"]!["captured"]!, (long)last.Body["amounts"]!["released"]!));
        var after = await Merchant.CaptureAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, "illegal_action"), (after.Status, after["code"]));

        var there = Assert.Single(await BooksAsync(paid["id"]!));
        Assert.Equal([200L, 300L], there["captures"]!.AsArray().Select(capture => (long)capture!["amount"]!).Order());
    }

    [Fact]
    public async Task Capture_WithoutBody_TakesEverything()
    {
        var paid = await Merchant.PayAsync(1000);
        var captured = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/capture", "", MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.OK, "captured"), (captured.Status, captured["status"]));
    }

    [Fact]
    public async Task Capture_SameKey_IsOneCapture()
    {
        var paid = await Merchant.PayAsync(1000);
        var key = MerchantClient.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Merchant.CaptureAsync(paid["id"]!, 300, key: key)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, answers[0].Text), (answer.Status, answer.Text)));
        Assert.Equal(1, answers.Count(answer => !answer.IsReplay));
        Assert.Equal(300, (await StoredAsync(paid["id"]!)).Amounts.Captured);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.CaptureAsync(paid["id"]!, 301, key: key)).Status);

        var other = await Merchant.PayAsync(1000);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.CaptureAsync(other["id"]!, 300, key: key)).Status);
        Assert.Equal(0, (await StoredAsync(other["id"]!)).Amounts.Captured);
    }

    [Fact]
    public async Task Capture_ManyAtOnceInTwoProcesses_NeverExceedWhatIsAuthorized()
    {
        await using var otherHost = await StartOwnAsync();
        using var elsewhere = Merchant.At(otherHost);
        var paid = await Merchant.PayAsync(1000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => CaptureAtLastAsync(i % 2 == 0 ? Merchant : elsewhere, paid["id"]!, 100)));

        Assert.Equal(10, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.Equal(50, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
        var payment = await StoredAsync(paid["id"]!);
        Assert.Equal((1000L, 0L, PaymentStatus.Captured), (payment.Amounts.Captured, payment.Amounts.Capturing, payment.Status));
        Assert.Equal(1000, (long)Assert.Single(await BooksAsync(paid["id"]!))["captured"]!);
        Assert.Equal(10, payment.Operations.Count(operation => operation is { Kind: OperationKind.Capture, State: OperationState.Succeeded }));
    }

    [Fact]
    public async Task Capture_RulesBypassed_TheDatabaseRefuses()
    {
        // The planted violation: a change that the rules would never make.
        var paid = await Merchant.PayAsync(1000);
        await Merchant.CaptureAsync(paid["id"]!, 600);
        var payment = await StoredAsync(paid["id"]!);
        var store = Host.Get<PaymentStore>();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => store.CommitAsync(TooMuch(payment, 500), CancellationToken.None));
        Assert.Equal(PaymentConstraints.CapturesWithinAuthorized, refused.ConstraintName);
        Assert.Equal("illegal_action", PaymentConstraints.RefusalOf(refused)!.Code);

        var ended = await Host.Get<PaymentExecutor>().Submit(payment.Id, PaymentCommand.Ask("bypassed", (found, _) => TooMuch(found, 500))).End;
        Assert.Equal(RefusalKind.Conflict, Assert.IsType<CommandEnd.Refused>(ended).Refusal.Kind);
        Assert.Equal(payment.Version, (await StoredAsync(paid["id"]!)).Version);
        Assert.Null(await KeyOfAsync("bypassed"));
    }

    [Fact]
    public async Task Capture_RulesBypassedByManyAtOnce_TheDatabaseLetsThroughWhatFits()
    {
        var paid = await Merchant.PayAsync(1000);
        var id = Id.Parse(IdPrefix.Payment, paid["id"]!);
        var executor = Host.Get<PaymentExecutor>();
        var ends = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => executor.Submit(id, PaymentCommand.Ask($"many-{i}-{id}", (found, _) => TooMuch(found, 150, $"many-{i}-{id}"))).End));
        Assert.Equal(6, ends.Count(end => end is CommandEnd.Answered { Answer.Status: 200 }));
        Assert.Equal(24, ends.Count(end => end is CommandEnd.Refused));
        Assert.Equal(900, (await StoredAsync(paid["id"]!)).Amounts.Captured);
    }

    [Fact]
    public async Task Capture_AcquirerRefuses_SaysWhyAndFreesTheAmount()
    {
        // The acquirer closed its authorization without our asking: only its answer tells.
        var paid = await Merchant.PayAsync(1000);
        using var http = new HttpClient { BaseAddress = World.SandboxAddress };
        var reference = (await StoredAsync(paid["id"]!)).Attempts[0].Reference;
        using var reversal = await http.PostAsync(
            new Uri("/acquirers/northbank/reversals", UriKind.Relative),
            new StringContent($$"""{"reference":"{{reference}}"}""", System.Text.Encoding.UTF8, "application/json"));
        reversal.EnsureSuccessStatusCode();

        var key = MerchantClient.NewKey();
        var refused = await Merchant.CaptureAsync(paid["id"]!, 400, key: key);
        Assert.Equal((HttpStatusCode.Conflict, "acquirer_refused"), (refused.Status, refused["code"]));
        Assert.StartsWith("Cannot capture: northbank refused it (", refused["detail"], StringComparison.Ordinal);
        var again = await Merchant.CaptureAsync(paid["id"]!, 400, key: key);
        Assert.Equal((HttpStatusCode.Conflict, true, refused["detail"]), (again.Status, again.IsReplay, again["detail"]));
        var payment = await StoredAsync(paid["id"]!);
        Assert.Equal((0L, 1000L, OperationState.Failed), (payment.Amounts.Capturing, payment.Amounts.Uncaptured, payment.Operations[^1].State));
        Assert.Contains("capture.refused", await Merchant.HistoryAsync(paid["id"]!));
    }

    // A client that does as it is told: what is refused only for now is sent again.
    private static async Task<Answer> CaptureAtLastAsync(MerchantClient client, string payment, long amount)
    {
        var key = MerchantClient.NewKey();
        while (true)
        {
            var answer = await client.CaptureAsync(payment, amount, key: key);
            if (answer.Status != HttpStatusCode.Accepted && answer.Body["retryable"] is not { } retryable || !(bool)(answer.Body["retryable"] ?? true))
            {
                return answer;
            }

            await Task.Delay(20);
        }
    }

    private PaymentChange TooMuch(Payment payment, long amount, string key = "bypassed")
    {
        var now = TimeProvider.System.GetUtcNow();
        var row = KeyRow.ForOperation(KeyKind.Capture, new KeyName(Merchant.Merchant, Mode.Test, key), payment.Id, new CapturePaymentRequest(null, null), now);
        return PaymentChange.Of(payment, now).ReserveCapture(row.Resource, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), amount, isFinal: false, key, now).Under(row);
    }

    private Task<KeyRow?> KeyOfAsync(string key) =>
        KeySql.FindAsync(Host.Get<PayFlow.Storage.Shards>().For(Merchant.Merchant.Slot).Source, new KeyName(Merchant.Merchant, Mode.Test, key), CancellationToken.None);
}
