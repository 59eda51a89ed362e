using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Testing;

namespace PayFlow.Batch.IntegrationTests.Events;

/// <summary>Everything together: broker, consumer, command, worker, acquirer, relay.</summary>
[Collection(SharedServices.Name)]
public sealed class WholeWayTests(SharedServices shared)
{
    [Fact]
    public async Task Captures_ThroughBrokerAndAcquirer_ComeOutSettledAndTold()
    {
        await using var broker = await Broker.StartAsync();
        await using var batch = await BatchHost.StartAsync(shared.Sandbox, broker);
        var (merchant, troubled) = (new Merchant(), new Merchant());
        var captures = new List<Capture>();
        foreach (var amount in new[] { 1_000L, 2_500L })
        {
            captures.Add(merchant.Capture(amount, await shared.Sandbox.PayAsync("northbank", amount)));
        }

        // A dead letter in the same poll, and the same event twice.
        var dead = troubled.Capture(700, zone: "Mars/Olympus_Mons");
        await broker.PublishAsync(captures[0].Event, dead.Event, captures[1].Event, captures[0].Event);
        await UntilAsync(async () => (await batch.ItemsAsync(merchant)).Count == 2, "the items");
        await UntilAsync(async () => (long)(await batch.SqlAsync("SELECT count(*) FROM dead_letters WHERE aggregate = $1", dead.Payment.Value))! == 1, "the dead letter");
        Assert.Contains("Mars/Olympus_Mons", (string)(await batch.SqlAsync("SELECT reason FROM dead_letters"))!, StringComparison.Ordinal);
        Assert.Empty(await batch.ItemsAsync(troubled));

        var sealedNow = await CutoffAsync(batch);

        var id = Assert.Single(sealedNow);
        await UntilAsync(async () => (await batch.BatchAsync(id)).State == "settled", "the settlement");
        Assert.All((await batch.ItemsAsync(merchant)).Values, item => Assert.Equal("settled", item.State));
        var told = broker.ReadUntil(Topics.SettlementResults, id, 5);
        Assert.Equal([1L, 2, 3, 4, 5], told.Select(message => message.Sequence).Distinct());
        Assert.Equal(
            ["payflow.settlement.item_submitted.v1", "payflow.settlement.item_submitted.v1", "payflow.settlement.report_line.v1", "payflow.settlement.report_line.v1", "payflow.settlement.report_completed.v1"],
            told.DistinctBy(message => message.Sequence).Select(message => message.Type));
        var completed = SettlementEvent.Parser.ParseFrom(told[^1].Payload).ReportCompleted;
        Assert.Equal((2, 3_500L, 1), (completed.Lines, completed.Gross, completed.Ordinal));
        Assert.Empty(await CutoffAsync(batch));
    }

    [Fact]
    public async Task Refunds_ThroughBrokerTwiceAndOutOfOrder_ComeOutSettledOrWithdrawn()
    {
        await using var broker = await Broker.StartAsync();
        await using var batch = await BatchHost.StartAsync(shared.Sandbox, broker);
        var merchant = new Merchant();
        var (authorization, external) = await shared.Sandbox.PayInFullAsync("northbank", 2_000);
        var given = merchant.Capture(2_000, external);
        var refund = merchant.Refund(given, 700, await shared.Sandbox.RefundAsync("northbank", authorization, 700));
        var (undone, kept) = (merchant.Capture(3_000), merchant.Capture(4_000, await shared.Sandbox.PayAsync("northbank", 4_000)));
        var (voiding, failing) = (merchant.NewOperation(), merchant.NewOperation());
        Assert.True(await batch.WithdrawAsync(undone, voiding));
        Assert.True(await batch.WithdrawAsync(kept, failing));

        ReceivedEvent[] messages =
        [
            refund.Event, given.Event, merchant.RefundFailed(kept, failing), undone.Event, kept.Event, merchant.CaptureVoided(undone, voiding),
        ];
        await broker.PublishAsync([.. messages, .. messages]);
        await UntilAsync(async () => (await batch.ItemsAsync(merchant)) is { Count: 4 } items && items[kept.Item].State == "open", "the items");

        var id = Assert.Single(await CutoffAsync(batch));

        await UntilAsync(async () => (await batch.BatchAsync(id)).State == "settled", "the settlement");
        var items = await batch.ItemsAsync(merchant);
        Assert.Equal(
            [("settled", 2_000L), ("settled", -700L), ("settled", 4_000L), ("withdrawn", 0L)], new[] { given.Item, refund.Item, kept.Item, undone.Item }.Select(item => items[item]));
        Assert.Equal(5_300, (await batch.BatchAsync(id)).Amount);
    }

    private static async Task<Id[]> CutoffAsync(BatchHost batch)
    {
        using var command = new HttpRequestMessage(HttpMethod.Post, "internal/cutoff");
        command.Headers.Add("X-Ops-Key", BatchHost.OpsKey);
        using var answer = await batch.Http.SendAsync(command);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return [.. (await answer.Content.ReadFromJsonAsync<JsonNode>())!["batches"]!.AsArray().Select(id => Id.Parse(IdPrefix.Batch, (string)id!))];
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{what} did not come.");
            await Task.Delay(20);
        }
    }
}
