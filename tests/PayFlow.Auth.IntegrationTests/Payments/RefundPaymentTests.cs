using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Testing;
using Wire = PayFlow.Contracts.Auth.V1;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class RefundPaymentTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Refund_WholeCaptureBeforeTheCutoff_IsVoidedAndNeverSettled()
    {
        var paid = await Merchant.PayAsync(1000, capture: true);
        var refunded = await Merchant.RefundAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.OK, "refunded", 1000L), (refunded.Status, refunded["status"], (long)refunded.Body["amounts"]!["refunded"]!));
        var refund = refunded.Body["operations"]!.AsArray()[^1]!;
        Assert.Equal(("refund", true, "succeeded"), ((string?)refund["type"], (bool)refund["voids_capture"]!, (string?)refund["status"]));

        var there = Assert.Single(await BooksAsync(paid["id"]!));
        Assert.Equal((1000L, 0L), ((long)there["voided"]!, (long)there["refunded"]!));
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid["id"]!)) is [{ State: "withdrawn" }]);
        Assert.Equal(["refund.requested", "refund.voids_capture", "payment.refunded"], (await Merchant.HistoryAsync(paid["id"]!)).TakeLast(3));
    }

    [Fact]
    public async Task Refund_APart_IsARefundInTheNextBatch()
    {
        var paid = await Merchant.PayAsync(1000, capture: true);
        var refunded = await Merchant.RefundAsync(paid["id"]!, 300);
        Assert.Equal((HttpStatusCode.OK, "partially_refunded"), (refunded.Status, refunded["status"]));
        var there = Assert.Single(await BooksAsync(paid["id"]!));
        Assert.Equal((0L, 300L), ((long)there["voided"]!, (long)there["refunded"]!));
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid["id"]!)).Select(item => item.Amount).Order().ToList() is [-300, 1000]);

        var rest = await Merchant.RefundAsync(paid["id"]!);
        Assert.Equal(("refunded", 1000L), (rest["status"], (long)rest.Body["amounts"]!["refunded"]!));
        Assert.Equal([300L, 700L], Assert.Single(await BooksAsync(paid["id"]!))["refunds"]!.AsArray().Select(refund => (long)refund!["amount"]!).Order());
    }

    [Fact]
    public async Task Refund_WholeCaptureAfterTheCutoff_IsARefund()
    {
        var paid = await Merchant.PayAsync(1000, capture: true);
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid["id"]!)) is [{ State: "open" }]);
        await Settlement.CutoffAsync(World, Merchant.Merchant);
        var refunded = await Merchant.RefundAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.OK, "refunded", false), (refunded.Status, refunded["status"], (bool)refunded.Body["operations"]!.AsArray()[^1]!["voids_capture"]!));
        Assert.Equal(1000L, (long)Assert.Single(await BooksAsync(paid["id"]!))["refunded"]!);
    }

    /// <summary>What the ledger compares its own books with.</summary>
    [Fact]
    public async Task SumMovements_CapturesVoidsAndRefunds_AreAddedUpByMerchantOrByPayment()
    {
        var before = TimeProvider.System.GetUtcNow();
        var (first, second) = (await Merchant.PayAsync(1000, capture: true), await Merchant.PayAsync(500));
        await Merchant.CaptureAsync(second["id"]!, 200);
        await Merchant.RefundAsync(first["id"]!, 300);
        var third = await Merchant.PayAsync(70, capture: true);
        await Merchant.RefundAsync(third["id"]!);   // before the cutoff: voided
        var after = TimeProvider.System.GetUtcNow().AddMilliseconds(1);

        Assert.Equal([("capture", "", 1270L), ("refund", "", 300L), ("void_capture", "", 70L)], await MovedAsync(before, after, byPayment: false));
        Assert.Equal(
            new[] { ("capture", first["id"]!, 1000L), ("capture", second["id"]!, 200L), ("capture", third["id"]!, 70L), ("refund", first["id"]!, 300L), ("void_capture", third["id"]!, 70L) }.Order(),
            await MovedAsync(before, after, byPayment: true));
        Assert.Empty(await MovedAsync(after, after.AddDays(1), byPayment: true));
        Assert.Empty(await MovedAsync(before.AddDays(-1), before, byPayment: true));
    }

    [Fact]
    public async Task Refund_NamedCapture_TakesThatOneBack()
    {
        var paid = await Merchant.PayAsync(1000);
        await Merchant.CaptureAsync(paid["id"]!, 400);
        var captured = await Merchant.CaptureAsync(paid["id"]!, 600);
        var second = (string)captured.Body["operations"]!.AsArray()[^1]!["id"]!;
        var refunded = await Merchant.RefundAsync(paid["id"]!, capture: second);
        Assert.Equal(("partially_refunded", second, true), (refunded["status"], (string?)refunded.Body["operations"]!.AsArray()[^1]!["capture"], (bool)refunded.Body["operations"]!.AsArray()[^1]!["voids_capture"]!));
        var again = await Merchant.RefundAsync(paid["id"]!, 600, capture: second);
        Assert.Equal((HttpStatusCode.Conflict, "Cannot refund 6.00 USD: 4.00 USD is left to refund."), (again.Status, again["detail"]));
        var unknown = await Merchant.RefundAsync(paid["id"]!, capture: Id.New(IdPrefix.Operation, Merchant.Merchant.Slot, TimeProvider.System.GetUtcNow()).ToString());
        Assert.Equal((HttpStatusCode.BadRequest, "unknown_capture"), (unknown.Status, (string?)unknown.Body["errors"]!.AsArray()[0]!["code"]));
    }

    [Fact]
    public async Task Refund_NotCaptured_SaysWhy()
    {
        var paid = await Merchant.PayAsync(1000);
        var refused = await Merchant.RefundAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, "Cannot refund: the payment is not captured yet."), (refused.Status, refused["detail"]));
    }

    [Fact]
    public async Task Refund_SameKey_IsOneRefund()
    {
        var paid = await Merchant.PayAsync(1000, capture: true);
        var key = MerchantClient.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Merchant.RefundAsync(paid["id"]!, 300, key: key)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, answers[0].Text), (answer.Status, answer.Text)));
        Assert.Equal(300, (await StoredAsync(paid["id"]!)).Amounts.Refunded);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.RefundAsync(paid["id"]!, 301, key: key)).Status);
    }

    [Fact]
    public async Task CaptureAndRefund_ManyAtOnceInTwoProcesses_NeverExceed()
    {
        // 100 captures of 10 and 100 refunds of 10, of which 100 and at most 100 can be.
        await using var otherHost = await StartOwnAsync();
        using var elsewhere = Merchant.At(otherHost);
        var paid = await Merchant.PayAsync(1000);
        var requests = Enumerable.Range(0, 200).Select(i => AtLastAsync(i % 4 < 2 ? Merchant : elsewhere, paid["id"]!, refunds: i % 2 == 1));
        var answers = await Task.WhenAll(requests);

        var payment = await StoredAsync(paid["id"]!);
        Assert.Equal((1000L, 0L, 0L), (payment.Amounts.Captured, payment.Amounts.Capturing, payment.Amounts.Refunding));
        Assert.Equal(payment.Amounts.Refunded, 10 * answers.Count(answer => answer.Refund && answer.Answer.Status == HttpStatusCode.OK));
        Assert.InRange(payment.Amounts.Refunded, 10, 1000);
        var there = Assert.Single(await BooksAsync(paid["id"]!));
        Assert.Equal((1000L, payment.Amounts.Refunded), ((long)there["captured"]!, (long)there["refunded"]! + (long)there["voided"]!));
    }

    [Fact]
    public async Task Refund_RulesBypassed_TheDatabaseRefuses()
    {
        // The planted violation: a change that the rules would never make.
        var paid = await Merchant.PayAsync(1000, capture: true);
        await Merchant.RefundAsync(paid["id"]!, 600);
        var payment = await StoredAsync(paid["id"]!);
        var now = TimeProvider.System.GetUtcNow();
        var change = PaymentChange.Of(payment, now).ReserveRefund(
            Id.New(IdPrefix.Operation, payment.Id.Slot, now), Id.New(IdPrefix.Attempt, payment.Id.Slot, now), 500, wholeCapture: null, "bypassed", now);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Host.Get<PaymentStore>().CommitAsync(change, CancellationToken.None));
        Assert.Equal(PaymentConstraints.RefundsWithinCaptured, refused.ConstraintName);
        Assert.Equal("illegal_action", PaymentConstraints.RefusalOf(refused)!.Code);
    }

    [Fact]
    public async Task Refund_AcquirerRefuses_FreesTheAmountAndSettlesAfterAll()
    {
        // The acquirer voided its capture without our asking: only its answer tells.
        var paid = await Merchant.PayAsync(1000, capture: true);
        var capture = (await StoredAsync(paid["id"]!)).Operations.Single(operation => operation.Kind == OperationKind.Capture);
        using var http = new HttpClient { BaseAddress = World.SandboxAddress };
        using var voided = await http.PostAsync(
            new Uri("/acquirers/northbank/capture-voids", UriKind.Relative),
            new StringContent(new JsonObject { ["reference"] = "behind our back " + paid["id"], ["capture"] = capture.ExternalId }.ToJsonString(), System.Text.Encoding.UTF8, "application/json"));
        voided.EnsureSuccessStatusCode();

        var refused = await Merchant.RefundAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, "acquirer_refused"), (refused.Status, refused["code"]));
        var payment = await StoredAsync(paid["id"]!);
        Assert.Equal((0L, 0L, PaymentStatus.Captured), (payment.Amounts.Refunding, payment.Amounts.Refunded, payment.Status));
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid["id"]!)) is [{ State: "open" }]);
    }

    [Fact]
    public async Task Refund_BatchAway_WaitsForItAndIsCarriedOutOnce()
    {
        var database = await World.Postgres.CreateDatabaseAsync("payments");
        string payment;
        Id merchantId;
        await using (var alone = await AuthHost.StartAsync(World, settings =>
        {
            settings["ConnectionStrings:payments"] = database;
            settings["services:batch:grpc:0"] = World.Local(FreePort.Next()).AbsoluteUri;
        }))
        {
            using var merchant = await alone.NewMerchantAsync();
            merchantId = merchant.Merchant;
            payment = (await merchant.PayAsync(1000, capture: true))["id"]!;
            var accepted = await merchant.RefundAsync(payment);
            Assert.Equal((HttpStatusCode.Accepted, "captured", 1000L), (accepted.Status, accepted["status"], (long)accepted.Body["amounts"]!["refunding"]!));
        }

        await using var back = await AuthHost.StartAsync(World, settings => settings["ConnectionStrings:payments"] = database);
        using var again = back.ClientOf(merchantId);
        var refunded = await again.UntilAsync(payment, answer => answer["status"] == "refunded");
        Assert.Equal(1000L, (long)refunded.Body["amounts"]!["refunded"]!);
    }

    // A client that does as it is told: what is refused only for now is sent again, and a refund before there is something to refund, too.
    private static async Task<(bool Refund, Answer Answer)> AtLastAsync(MerchantClient client, string payment, bool refunds)
    {
        var key = MerchantClient.NewKey();
        for (var tries = 0; ; tries++)
        {
            var answer = refunds ? await client.RefundAsync(payment, 10, key: key) : await client.CaptureAsync(payment, 10, key: key);
            var isEarly = refunds && tries < 100 && answer["code"] is "illegal_action" or "amount_too_large";
            if (answer.Status == HttpStatusCode.OK || (!isEarly && answer.Status == HttpStatusCode.Conflict && answer.Body["retryable"] is { } retryable && !(bool)retryable))
            {
                return (refunds, answer);
            }

            await Task.Delay(30);
        }
    }

    private async Task<List<(string Kind, string Payment, long Amount)>> MovedAsync(DateTimeOffset from, DateTimeOffset to, bool byPayment)
    {
        var request = new Wire.SumMovementsRequest { From = from.ToTimestamp(), To = to.ToTimestamp() };
        if (byPayment)
        {
            request.MerchantIds.Add(Merchant.Merchant.ToString());
        }

        using var call = new Wire.Payments.PaymentsClient(Host.Channel).SumMovements(request);
        var moved = new List<(string, string, long)>();
        await foreach (var movement in call.ResponseStream.ReadAllAsync())
        {
            if (movement.MerchantId == Merchant.Merchant.ToString())
            {
                moved.Add((movement.Kind, movement.PaymentId, movement.Amount));
            }
        }

        return [.. moved.Order()];
    }
}
