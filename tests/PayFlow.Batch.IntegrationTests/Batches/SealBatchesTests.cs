using Microsoft.Extensions.DependencyInjection;
using PayFlow.Batch.Batches;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Kernel;

namespace PayFlow.Batch.IntegrationTests.Batches;

[Collection(SharedServices.Name)]
public sealed class SealBatchesTests(SharedServices shared)
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly Merchant _merchant = new();

    [Fact]
    public async Task Seal_ManyCutoffsAtOnce_OneBatchPerGroupAndEveryItemInOne()
    {
        Capture[] captures =
        [
            .. from n in Enumerable.Range(1, 30)
               from acquirer in new[] { "northbank", "harbor" }
               from currency in new[] { "USD", "EUR" }
               select _merchant.Capture(n, acquirer: acquirer, currency: currency),
        ];
        await _batch.ApplyAsync([.. captures.Select(capture => capture.Event)]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _batch.CutoffAsync(_merchant)));

        var batches = answers.SelectMany(answer => answer).ToList();
        Assert.Equal(4, batches.Count);
        Assert.Equal(
            4L * 30,
            await _batch.SqlAsync("SELECT count(*) FROM items WHERE merchant_id = $1 AND state = 'sealed' AND batch_id = ANY($2)", _merchant.Id.Value, batches.Select(id => id.Value).ToArray()));
        Assert.Equal(
            0L,
            await _batch.SqlAsync(
                """
                SELECT count(*) FROM batches b,
                       LATERAL (SELECT count(*) AS items, sum(i.amount) AS amount FROM items i WHERE i.batch_id = b.id AND (i.acquirer, i.currency) = (b.acquirer, b.currency)) held
                WHERE b.merchant_id = $1 AND (b.ordinal, b.items, b.amount, b.state) IS DISTINCT FROM (1, held.items, held.amount, 'prepared')
                """,
                _merchant.Id.Value));
    }

    [Fact]
    public async Task Seal_File_NamesEveryItemAndAddsUp()
    {
        var captures = new[] { _merchant.Capture(1_000), _merchant.Capture(2_500) };
        await _batch.ApplyAsync([.. captures.Select(capture => capture.Event)]);

        var id = Assert.Single(await _batch.CutoffAsync(_merchant));

        var rows = ((string)(await _batch.SqlAsync("SELECT file FROM batches WHERE id = $1", id.Value))!).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("item_id,external_id,amount,currency,occurred_at", rows[0]);
        Assert.Equal(
            captures.Select(capture => $"{capture.Item},{capture.ExternalId},{capture.Amount},USD,").Order(),
            rows[1..^1].Select(row => row[..(row.LastIndexOf(',') + 1)]).Order());
        Assert.Equal("T,2,3500", rows[^1]);
    }

    [Fact]
    public async Task Seal_ItemAfterTheCutoff_GoesIntoTheNextBatchOfItsDate()
    {
        await _batch.ApplyAsync(_merchant.Capture(1_000).Event);
        var first = await _batch.BatchAsync(Assert.Single(await _batch.CutoffAsync(_merchant)));
        var late = _merchant.Capture(2_000);
        await _batch.ApplyAsync(late.Event);

        var second = await _batch.BatchAsync(Assert.Single(await _batch.CutoffAsync(_merchant)));

        Assert.Equal((1, 1, 1_000L), (first.Ordinal, first.Items, first.Amount));
        Assert.Equal((2, 1, 2_000L), (second.Ordinal, second.Items, second.Amount));
        Assert.Equal(first.Date, second.Date);
        Assert.Equal(second.Id.Value, await _batch.SqlAsync("SELECT batch_id FROM items WHERE id = $1", late.Item.Value));
    }

    [Fact]
    public async Task Seal_ByTheClock_WaitsForTheCutoffInTheMerchantsZoneAndTheGrace()
    {
        // The date ends at 23:59 in Tokyo: 14:59 UTC; sealed ten minutes later.
        var captured = new DateTimeOffset(2026, 5, 4, 3, 0, 0, TimeSpan.Zero);
        await _batch.ApplyAsync(_merchant.Capture(1_000, zone: "Asia/Tokyo", at: captured).Event);
        var cutoff = new DateTimeOffset(2026, 5, 4, 14, 59, 0, TimeSpan.Zero);

        await SealAtAsync(cutoff.AddMinutes(10));
        Assert.Equal(0L, await _batch.SqlAsync("SELECT count(*) FROM batches WHERE merchant_id = $1", _merchant.Id.Value));

        await SealAtAsync(cutoff.AddMinutes(10).AddTicks(TimeSpan.TicksPerMillisecond));
        Assert.Equal(new DateOnly(2026, 5, 4), await _batch.SqlAsync("SELECT settlement_date FROM batches WHERE merchant_id = $1", _merchant.Id.Value));
    }

    [Fact]
    public async Task Seal_ByTheClock_TakesWhatIsPastItsOwnMerchantsCutoff()
    {
        // One run of the clock over two merchants of one zone. One of them has moved its cutoff during the day: what was captured before keeps the one that it was captured under.
        var (early, late) = (_merchant, new Merchant());
        var noon = new DateTimeOffset(2026, 5, 5, 12, 0, 0, TimeSpan.Zero);
        var due = early.Capture(1_000, cutoff: "16:00", at: noon);
        var moved = early.Capture(2_000, cutoff: "22:00", at: noon.AddHours(1));
        var notDue = late.Capture(4_000, cutoff: "21:00", at: noon);
        var tomorrow = early.Capture(8_000, cutoff: "16:00", at: noon.AddHours(4));
        await _batch.ApplyAsync(due.Event, moved.Event, notDue.Event, tomorrow.Event);

        await SealAtAsync(new DateTimeOffset(2026, 5, 5, 16, 10, 1, TimeSpan.Zero));
        Assert.Equal([(1, 1_000L)], await SealedAsync(early));
        Assert.Empty(await SealedAsync(late));

        await SealAtAsync(new DateTimeOffset(2026, 5, 5, 22, 10, 1, TimeSpan.Zero));
        Assert.Equal([(1, 1_000L), (2, 2_000L)], await SealedAsync(early));   // the same date
        Assert.Equal([(1, 4_000L)], await SealedAsync(late));
        Assert.Equal("open", (await _batch.ItemsAsync(early))[tomorrow.Item].State);
        Assert.Equal(
            1L,
            await _batch.SqlAsync("SELECT count(DISTINCT settlement_date) FROM batches WHERE merchant_id = ANY ($1) AND settlement_date = '2026-05-05'", new[] { early.Id.Value, late.Id.Value }));
    }

    [Fact]
    public async Task Seal_MoreThanABatchMayHold_MakesSeveral()
    {
        await using var batch = await BatchHost.StartAsync(shared.Sandbox, null, ("Batch:MaxItems", "4"));
        await batch.ApplyAsync([.. Enumerable.Range(1, 10).Select(amount => _merchant.Capture(amount).Event)]);

        var rows = new List<BatchRow>();
        foreach (var id in await batch.CutoffAsync(_merchant))
        {
            rows.Add(await batch.BatchAsync(id));
        }

        Assert.Equal([(1, 4), (2, 4), (3, 2)], rows.Select(row => (row.Ordinal, row.Items)));
        Assert.Equal(55, rows.Sum(row => row.Amount));
    }

    [Fact]
    public async Task Seal_GroupThatCannotBeSealed_DoesNotStopTheOthers()
    {
        var (broken, sound) = (new Merchant(), new Merchant());
        await using var batch = await BatchHost.StartAsync(shared.Sandbox);
        await batch.ApplyAsync(broken.Capture(1_000, at: TimeProvider.System.GetUtcNow().AddDays(-1)).Event, sound.Capture(2_000).Event);
        await batch.SqlAsync("ALTER TABLE batches ADD CONSTRAINT planted CHECK (amount <> 1000)");

        await Assert.ThrowsAsync<AggregateException>(() => batch.Service<SealBatches>().ByCommandAsync(null, CancellationToken.None));

        Assert.Equal("open", (await batch.ItemsAsync(broken)).Values.Single().State);
        Assert.Equal("sealed", (await batch.ItemsAsync(sound)).Values.Single().State);
    }

    private async Task<IEnumerable<(int Ordinal, long Amount)>> SealedAsync(Merchant merchant) =>
        (await BatchSql.ReadAsync(_batch.Service<PayFlow.Storage.Shards>().For(merchant.Id.Slot).Source, new BatchFilter(Merchant: merchant.Id), CancellationToken.None))
            .Select(batch => (batch.Ordinal, batch.Amount));

    private async Task SealAtAsync(DateTimeOffset now)
    {
        var seal = ActivatorUtilities.CreateInstance<SealBatches>(_batch.Service<IServiceProvider>(), new FixedTime(now));
        await seal.ByClockAsync(CancellationToken.None);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
