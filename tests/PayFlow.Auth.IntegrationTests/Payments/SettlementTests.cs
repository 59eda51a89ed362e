using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class SettlementTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task ItemSettled_InTwoParts_SettlesThePaymentOnceEach()
    {
        var paid = await Merchant.PayAsync(1000, capture: true);
        var item = Item(paid["id"]!);
        await TellAsync(item, 1, paid["id"]!, await CaptureOfAsync(paid["id"]!), 990);
        var partly = await Merchant.UntilAsync(paid["id"]!, answer => (long)answer.Body["amounts"]!["settled"]! == 990);
        Assert.Equal("captured", partly["status"]);
        await TellAsync(item, 2, paid["id"]!, await CaptureOfAsync(paid["id"]!), 10);
        await Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "settled");
        Assert.Equal(2, (await Merchant.HistoryAsync(paid["id"]!)).Count(type => type == "payment.settled"));
        Assert.Null((await StoredAsync(paid["id"]!)).Lease.DueAt);
    }

    [Fact]
    public async Task ItemSettled_MoreThanWasCaptured_IsADeadLetterAndChangesNothing()
    {
        var (bad, good) = (await Merchant.PayAsync(1000, capture: true), await Merchant.PayAsync(1000, capture: true));
        await TellAsync(Item(bad["id"]!), 1, bad["id"]!, await CaptureOfAsync(bad["id"]!), 1001);
        await TellAsync(Item(good["id"]!), 1, good["id"]!, await CaptureOfAsync(good["id"]!), 1000);
        await Merchant.UntilAsync(good["id"]!, answer => answer["status"] == "settled");
        await UntilAsync(async () => (await DeadLettersAsync()).Contains("1001 settled of 1000 captured", StringComparison.Ordinal));
        Assert.Equal((0L, "captured"), ((await StoredAsync(bad["id"]!)).Amounts.Settled, (await Merchant.GetAsync($"/v1/payments/{bad["id"]}"))["status"]));
    }

    [Fact]
    public async Task ItemSettled_WhileACaptureRuns_BothAreKept()
    {
        var paid = await Merchant.PayAsync(1000);
        await Merchant.CaptureAsync(paid["id"]!, 400);
        var capture = await CaptureOfAsync(paid["id"]!);
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new System.Text.Json.Nodes.JsonObject { ["latency_ms"] = 800 });
        await using (chaos)
        {
            var running = Merchant.CaptureAsync(paid["id"]!, 600);
            await TellAsync(Item(paid["id"]!), 1, paid["id"]!, capture, 400);
            Assert.Equal("captured", (await running)["status"]);
        }

        await Merchant.UntilAsync(paid["id"]!, answer => (long)answer.Body["amounts"]!["settled"]! == 400);
        var payment = await StoredAsync(paid["id"]!);
        Assert.Equal((1000L, 400L, 0L), (payment.Amounts.Captured, payment.Amounts.Settled, payment.Amounts.Capturing));
        Assert.Equal(payment.HistorySequence, (await Merchant.HistoryAsync(paid["id"]!)).Count);
        Assert.Equal([400L, 600L], Assert.Single(await BooksAsync(paid["id"]!))["captures"]!.AsArray().Select(there => (long)there!["amount"]!).Order());
    }

    private static Id Item(string payment) => Id.Parse(IdPrefix.Payment, payment).Derive(IdPrefix.Item, "test");

    private async Task<Id> CaptureOfAsync(string payment) => (await StoredAsync(payment)).Operations[^1].Id;

    // As the Reconciler does: through an outbox, whose relay puts it on the topic.
    private async Task TellAsync(Id item, long sequence, string payment, Id capture, long amount)
    {
        var settled = new ReconciliationEvent
        {
            MerchantId = Merchant.Merchant.ToString(),
            ItemSettled = new ItemSettled { ItemId = item.ToString(), PaymentId = payment, CaptureOperationId = capture.ToString(), Amount = amount, Expected = amount },
        };
        await using var transaction = await Host.Get<Shards>().BeginAsync(item.Slot, CancellationToken.None);
        await Outbox.AppendAsync(
            transaction, [new OutboxEvent(Topics.ReconciliationEvents, "item.settled", item, sequence, settled, TimeProvider.System.GetUtcNow())], CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Host.Get<OutboxSignal>().Wake();
    }

    private async Task<string> DeadLettersAsync()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        http.DefaultRequestHeaders.Add("X-Ops-Key", World.OpsKey);
        return await http.GetStringAsync(new Uri("/internal/dead-letters", UriKind.Relative));
    }
}
