using System.Net;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class DisputeTests(World world) : HostedTests(world)
{
    private long sequence;

    [Fact]
    public async Task Dispute_ToldThroughTheTopicAndWon_ComesAndGoes()
    {
        var (payment, capture) = await CapturedAsync();
        await TellAsync(payment, Support.Disputes.Opened(payment, capture, 400));
        var disputed = await Merchant.UntilAsync(payment, answer => answer["status"] == "disputed");
        Assert.Equal((400L, 0L), ((long)disputed.Body["amounts"]!["disputed"]!, (long)disputed.Body["amounts"]!["charged_back"]!));
        var dispute = Assert.Single(disputed.Body["disputes"]!.AsArray())!;
        Assert.Equal(("open", capture, 400L, "fraudulent", "nbx_1"), ((string?)dispute["status"], (string?)dispute["capture"], (long)dispute["amount"]!, (string?)dispute["reason"], (string?)dispute["external_id"]));
        Assert.StartsWith("dsp_", (string?)dispute["id"], StringComparison.Ordinal);

        await TellAsync(payment, Support.Disputes.Closed(payment, capture, 400, DisputeOutcome.Won));
        var won = await Merchant.UntilAsync(payment, answer => answer["status"] == "captured");
        Assert.Equal(("won", 0L), ((string?)won.Body["disputes"]![0]!["status"], (long)won.Body["amounts"]!["disputed"]!));
        Assert.Equal(["chargeback.created", "chargeback.closed"], (await Merchant.HistoryAsync(payment)).TakeLast(2));
        var feed = new System.Text.Json.Nodes.JsonArray();
        await UntilAsync(async () => (feed = (await Merchant.GetAsync("/v1/events?types=chargeback.created,chargeback.closed")).Body["data"]!.AsArray()).Count == 2);   // told once it is published
        Assert.Equal([("open", "disputed"), ("won", "captured")], feed.Select(told => ((string?)told!["data"]!["dispute"]!["status"], (string?)told["data"]!["payment"]!["status"])));
    }

    [Fact]
    public async Task Refund_OfWhatIsDisputed_IsRefusedInWords()
    {
        var (payment, capture) = await CapturedAsync();
        await TellAsync(payment, Support.Disputes.Opened(payment, capture, 700));
        await Merchant.UntilAsync(payment, answer => answer["status"] == "disputed");
        var tooMuch = await Merchant.RefundAsync(payment, 301);
        Assert.Equal(
            (HttpStatusCode.Conflict, "Cannot refund 3.01 USD: 3.00 USD is left to refund, the rest is disputed or charged back."), (tooMuch.Status, tooMuch["detail"]));
        var refunded = await Merchant.RefundAsync(payment, 300);
        Assert.Equal((HttpStatusCode.OK, "disputed", 300L), (refunded.Status, refunded["status"], (long)refunded.Body["amounts"]!["refunded"]!));
        var refused = await Merchant.RefundAsync(payment, 1);
        Assert.Equal(
            (HttpStatusCode.Conflict, "Cannot refund: the cardholder disputes what is left of it, and the card network decides who gets that."), (refused.Status, refused["detail"]));

        await TellAsync(payment, Support.Disputes.Closed(payment, capture, 700, DisputeOutcome.Lost));
        var lost = await Merchant.UntilAsync(payment, answer => answer["status"] == "charged_back");
        Assert.Equal((0L, 700L, 15_00L), ((long)lost.Body["amounts"]!["disputed"]!, (long)lost.Body["amounts"]!["charged_back"]!, (long)lost.Body["disputes"]![0]!["fee"]!));
        var gone = await Merchant.RefundAsync(payment);
        Assert.Equal((HttpStatusCode.Conflict, "Cannot refund: the cardholder got what is left of it back by a chargeback."), (gone.Status, gone["detail"]));
        Assert.Equal(300L, (long)Assert.Single(await BooksAsync(payment))["refunded"]!);
    }

    [Fact]
    public async Task Refund_OfADisputedCaptureByName_IsRefusedAndTheOtherIsNot()
    {
        var paid = await Merchant.PayAsync(1000);
        await Merchant.CaptureAsync(paid["id"]!, 400);
        await Merchant.CaptureAsync(paid["id"]!, 600);
        var captures = (await StoredAsync(paid["id"]!)).Operations.Where(operation => operation.Kind == OperationKind.Capture).Select(operation => operation.Id.ToString()).ToList();
        await TellAsync(paid["id"]!, Support.Disputes.Opened(paid["id"]!, captures[0], 400));
        await Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "disputed");
        var refused = await Merchant.RefundAsync(paid["id"]!, capture: captures[0]);
        Assert.Equal(
            (HttpStatusCode.Conflict, "Cannot refund: the cardholder disputes this capture or got it back by a chargeback."), (refused.Status, refused["detail"]));
        Assert.Equal(HttpStatusCode.OK, (await Merchant.RefundAsync(paid["id"]!, capture: captures[1])).Status);
    }

    [Fact]
    public async Task Dispute_WhileARefundRuns_BothAreKept()
    {
        var (payment, capture) = await CapturedAsync();
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new System.Text.Json.Nodes.JsonObject { ["latency_ms"] = 800 });
        await using (chaos)
        {
            var running = Merchant.RefundAsync(payment, 900);
            await UntilAsync(async () => (await StoredAsync(payment)).Amounts.Refunding == 900);
            await TellAsync(payment, Support.Disputes.Opened(payment, capture, 1000));
            Assert.Equal(HttpStatusCode.OK, (await running).Status);
        }

        var both = await Merchant.UntilAsync(payment, answer => answer["status"] == "disputed");
        Assert.Equal((900L, 0L, 1000L), ((long)both.Body["amounts"]!["refunded"]!, (long)both.Body["amounts"]!["refunding"]!, (long)both.Body["amounts"]!["disputed"]!));
        var after = await StoredAsync(payment);
        Assert.Equal((0L, after.HistorySequence), (after.Amounts.Unrefunded, (await Merchant.HistoryAsync(payment)).Count));
    }

    [Fact]
    public async Task Dispute_SameAgain_ChangesNothingAndContradictionsAreDeadLetters()
    {
        var (payment, capture) = await CapturedAsync();
        using var again = new Support.Disputes(World.PaymentsDatabase);   // without the inbox, that would skip what it has seen
        await again.TellAsync(Support.Disputes.Opened(payment, capture, 400));
        var once = await StoredAsync(payment);
        await again.TellAsync(Support.Disputes.Opened(payment, capture, 400));
        Assert.Equal((once.Version, once.EventSequence), ((await StoredAsync(payment)).Version, (await StoredAsync(payment)).EventSequence));
        await again.TellAsync(Support.Disputes.Closed(payment, capture, 400, DisputeOutcome.Lost));
        var lost = await StoredAsync(payment);
        await again.TellAsync(Support.Disputes.Closed(payment, capture, 400, DisputeOutcome.Lost));
        Assert.Equal(lost.Version, (await StoredAsync(payment)).Version);

        await Assert.ThrowsAsync<PoisonEventException>(() => again.TellAsync(Support.Disputes.Closed(payment, capture, 400, DisputeOutcome.Won)));
        await Assert.ThrowsAsync<PoisonEventException>(() => again.TellAsync(Support.Disputes.Closed(payment, capture, 400, DisputeOutcome.Won, number: 2)));
        await Assert.ThrowsAsync<PoisonEventException>(() => again.TellAsync(Support.Disputes.Opened(payment, capture, 0, number: 3)));
        Assert.Equal((lost.Version, 400L), ((await StoredAsync(payment)).Version, (await StoredAsync(payment)).Amounts.ChargedBack));
    }

    [Fact]
    public async Task Refund_RulesBypassed_TheDatabaseRefuses()
    {
        // The planted violation: a change that the rules would never make.
        var (payment, capture) = await CapturedAsync();
        using var disputes = new Support.Disputes(World.PaymentsDatabase);
        await disputes.TellAsync(Support.Disputes.Opened(payment, capture, 600));
        var (stored, now) = (await StoredAsync(payment), TimeProvider.System.GetUtcNow());
        var refused = await Assert.ThrowsAsync<PostgresException>(() => RefundAsync(401));
        Assert.Equal(PaymentConstraints.RefundsLeaveDisputed, refused.ConstraintName);
        Assert.Equal("illegal_action", PaymentConstraints.RefusalOf(refused)!.Code);
        await RefundAsync(400);

        Task RefundAsync(long amount) => Host.Get<PaymentStore>().CommitAsync(
            PaymentChange.Of(stored, now).ReserveRefund(
                Id.New(IdPrefix.Operation, stored.Id.Slot, now), Id.New(IdPrefix.Attempt, stored.Id.Slot, now), amount, wholeCapture: null, "bypassed", now),
            CancellationToken.None);
    }

    private async Task<(string Payment, string Capture)> CapturedAsync()
    {
        var paid = await Merchant.PayAsync(1000, capture: true);
        return (paid["id"]!, (await StoredAsync(paid["id"]!)).Operations[^1].Id.ToString());
    }

    // As the Reconciler does: through an outbox, whose relay puts it on the topic.
    private async Task TellAsync(string payment, ReconciliationEvent happened)
    {
        var item = Id.Parse(IdPrefix.Payment, payment).Derive(IdPrefix.Item, "dispute");
        await using var transaction = await Host.Get<Shards>().BeginAsync(item.Slot, CancellationToken.None);
        await Outbox.AppendAsync(
            transaction, [new OutboxEvent(Topics.ReconciliationEvents, "dispute", item, ++sequence, happened, TimeProvider.System.GetUtcNow())], CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Host.Get<OutboxSignal>().Wake();
    }
}
