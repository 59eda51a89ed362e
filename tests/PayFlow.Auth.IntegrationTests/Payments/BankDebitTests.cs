using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.IntegrationTests.Payments;

/// <summary>Payments with bank accounts: the same steps as with cards, at an acquirer that takes accounts.</summary>
[Collection(OneWorld.Name)]
public sealed class BankDebitTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Debit_Authorized_IsAtTheBankAndShowsNoNumber()
    {
        var paid = await Merchant.DebitAsync(number: "000123456789");
        Assert.Equal(("authorized", "keystone"), (paid["status"], paid["acquirer"]));
        Assert.Equal(
            """{"routing_number":"110000000","last4":"6789","account_type":"checking","holder_type":"individual"}""",
            paid.Body["payment_method"]!["bank_account"]!.ToJsonString());
        Assert.Equal(("bank_account", null), ((string?)paid.Body["payment_method"]!["type"], paid.Body["payment_method"]!["card"]));
        var there = Assert.Single(await BooksAsync(paid["id"]!));
        Assert.Equal(("keystone", "approved"), ((string?)there["acquirer"], (string?)there["state"]));
        Assert.Equal(PaymentMethodType.BankAccount, (await StoredAsync(paid["id"]!)).Method.Type);
    }

    [Fact]
    public async Task Debit_Captured_IsAnItemOfTheBanksBatch()
    {
        var paid = await Merchant.DebitAsync(2000, capture: true);
        Assert.Equal("captured", paid["status"]);
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid["id"]!)) is [{ State: "open", Amount: 2000 }]);
        await Settlement.CutoffAsync(World, Merchant.Merchant);

        // Two business days at the bank: nothing is settled and nothing is missing until then.
        await UntilAsync(async () => (await Settlement.ItemsAsync(World, paid["id"]!)) is [{ State: "settled" }], seconds: 30);
    }

    [Fact]
    public async Task Void_BeforeTheCapture_LeavesNothingAtTheBank()
    {
        var paid = await Merchant.DebitAsync();
        var voided = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/void", "{}", MerchantClient.NewKey());
        Assert.Equal("voided", voided["status"]);
        Assert.Equal("reversed", (string?)Assert.Single(await BooksAsync(paid["id"]!))["state"]);
    }

    [Fact]
    public async Task Refund_Part_IsACreditEntry()
    {
        var paid = await Merchant.DebitAsync(1000, capture: true);
        var refunded = await Merchant.RefundAsync(paid["id"]!, 300);
        Assert.Equal("partially_refunded", refunded["status"]);
        Assert.Equal(300L, (long)Assert.Single(await BooksAsync(paid["id"]!))["refunded"]!);
    }

    [Fact]
    public async Task Debit_ReplyLost_IsOneDebit()
    {
        Answer accepted;
        var chaos = await World.Acquirers.MisbehaveAsync("keystone", new JsonObject { ["lost_reply_rate"] = 1.0 });
        await using (chaos)
        {
            accepted = await Merchant.PostAsync("/v1/payments", MerchantClient.Debit(await Merchant.AccountTokenAsync(), capture: true), MerchantClient.NewKey());
            Assert.Equal((HttpStatusCode.Accepted, "processing"), (accepted.Status, accepted["status"]));
        }

        var done = await Merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "captured", seconds: 60);
        Assert.Equal("keystone", done["acquirer"]);
        Assert.Single(Assert.Single(await BooksAsync(accepted["id"]!))["captures"]!.AsArray());
    }

    [Fact]
    public async Task Debit_TheBankWontTake_IsDeclined()
    {
        var declined = await Merchant.DebitAsync(number: "000666666661");
        Assert.Equal(("declined", "bank_account_unusable"), (declined["status"], declined["decline_code"]));
    }

    [Theory]
    [InlineData("EUR", "bank_account", "amount.currency")]
    [InlineData("USD", "card", "payment_method.type")]
    public async Task Debit_Wrong_NamesTheFieldAndWritesNothing(string currency, string type, string field)
    {
        var (token, key) = (await Merchant.AccountTokenAsync(), MerchantClient.NewKey());
        var body = MerchantClient.Create(token, currency: currency).Replace("\"type\":\"card\"", $"\"type\":\"{type}\"", StringComparison.Ordinal);
        var refused = await Merchant.PostAsync("/v1/payments", body, key);
        Assert.Equal((HttpStatusCode.BadRequest, field), (refused.Status, (string?)Assert.Single(refused.Body["errors"]!.AsArray())!["param"]));
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.GetAsync($"/v1/idempotency/{key}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.PostAsync("/v1/payments?preview=true", body)).Status);
    }

    [Fact]
    public async Task Preview_OfADebit_SaysWhenItWouldBeSettled()
    {
        var token = await Merchant.AccountTokenAsync();
        var (card, debit) = (
            await Merchant.PostAsync("/v1/payments?preview=true", MerchantClient.Create(await Merchant.TokenAsync(), capture: true)),
            await Merchant.PostAsync("/v1/payments?preview=true", MerchantClient.Debit(token, capture: true)));
        Assert.InRange((Date(debit) - Date(card)).Days, 2, 4);   // two business days

        static DateTime Date(Answer preview) => DateTime.Parse(preview["estimated_settlement_date"]!, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(false, "R03", "captured")]
    [InlineData(true, "R01", "settled")]
    public async Task Return_BeforeOrAfterTheSettlement_LeavesNothingToRefund(bool isSettled, string reason, string before)
    {
        var paid = await Merchant.DebitAsync(1000, capture: true);
        var (payment, capture) = (paid["id"]!, (await StoredAsync(paid["id"]!)).Operations[^1].Id);
        var item = capture.Derive(IdPrefix.Item, "test");
        var returned = new DebitReturned
        {
            ReturnOperationId = capture.Derive(IdPrefix.Operation, "return").ToString(), ItemId = item.ToString(), PaymentId = payment, CaptureOperationId = capture.ToString(),
            Amount = 1000, Reason = reason, ExternalId = "ksb_1", DebitReference = isSettled ? "ksd_1" : "",
        };
        var told = new List<ReconciliationEvent>();
        if (isSettled)
        {
            told.Add(new ReconciliationEvent { ItemSettled = new ItemSettled { ItemId = item.ToString(), PaymentId = payment, CaptureOperationId = capture.ToString(), Amount = 1000, Expected = 1000 } });
        }

        await TellAsync(item, [.. told, new ReconciliationEvent { DebitReturned = returned }, new ReconciliationEvent { DebitReturned = returned }]);   // twice, as if the inbox were lost
        var seen = await Merchant.UntilAsync(payment, answer => answer["status"] == "returned");
        Assert.Equal((1000L, isSettled ? 1000L : 0L), ((long)seen.Body["amounts"]!["returned"]!, (long)seen.Body["amounts"]!["settled"]!));
        var last = seen.Body["operations"]!.AsArray()[^1]!;
        Assert.Equal(("return", "succeeded", reason, capture.ToString(), null), ((string?)last["type"], (string?)last["status"], (string?)last["reason"], (string?)last["capture"], last["voids_capture"]));
        var history = (await Merchant.GetAsync($"/v1/payments/{payment}/history")).Body["data"]!.AsArray();
        Assert.Equal((before, "returned"), ((string?)history[^1]!["previous_status"], (string?)history[^1]!["status"]));
        Assert.Single(history, line => (string?)line!["type"] == "payment.returned");

        var refused = await Merchant.RefundAsync(payment);
        Assert.Equal((HttpStatusCode.Conflict, "Cannot refund: the payer's bank took the debit back."), (refused.Status, refused["detail"]));
        await UntilAsync(async () => (await Merchant.GetAsync("/v1/events")).Body["data"]!.AsArray().Any(happened => (string?)happened!["type"] == "payment.returned"));
        var @event = (await Merchant.GetAsync("/v1/events")).Body["data"]!.AsArray().Single(happened => (string?)happened!["type"] == "payment.returned")!;
        Assert.Equal((reason, "bank_account"), ((string?)@event["data"]!["return"]!["reason"], (string?)@event["data"]!["payment"]!["payment_method"]!["type"]));
    }

    [Fact]
    public async Task Card_WhileOnlyTheBankIsThere_IsNotSentToIt()
    {
        await using var host = await AuthHost.StartAsync(World, settings =>
        {
            foreach (var acquirer in new[] { "northbank", "harbor", "meridian" })
            {
                settings[$"Auth:Routing:Acquirers:{acquirer}:Address"] = "http://127.0.0.1:9";
            }
        });
        using var merchant = await host.NewMerchantAsync();
        var failing = await merchant.PostAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync()), MerchantClient.NewKey(), prefer: "respond-async");
        Assert.Equal(HttpStatusCode.Accepted, failing.Status);
        Assert.Equal("authorized", (await merchant.DebitAsync())["status"]);
        await UntilAsync(async () => (await host.Get<PaymentStore>().FindAsync(Id.Parse(IdPrefix.Payment, failing["id"]!), CancellationToken.None))?.Attempts.Length > 0);
        var payment = await host.Get<PaymentStore>().FindAsync(Id.Parse(IdPrefix.Payment, failing["id"]!), CancellationToken.None);
        Assert.DoesNotContain(payment!.Attempts, attempt => attempt.Acquirer == "keystone");
    }

    // As the Reconciler does: through an outbox, whose relay puts it on the topic.
    private async Task TellAsync(Id item, IReadOnlyList<ReconciliationEvent> events)
    {
        await using var transaction = await Host.Get<Shards>().BeginAsync(item.Slot, CancellationToken.None);
        await Outbox.AppendAsync(
            transaction,
            [.. events.Select((told, index) => new OutboxEvent(Topics.ReconciliationEvents, "item.told", item, index + 1, told, TimeProvider.System.GetUtcNow()))],
            CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        Host.Get<OutboxSignal>().Wake();
    }
}
