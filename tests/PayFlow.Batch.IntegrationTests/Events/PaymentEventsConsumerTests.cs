using System.Globalization;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Messaging;

namespace PayFlow.Batch.IntegrationTests.Events;

/// <summary>From captures to items, in Postgres; the inbox in front of it is Messaging's and is not asked here, as if it were lost.</summary>
[Collection(SharedServices.Name)]
public sealed class PaymentEventsConsumerTests(SharedServices shared)
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly Merchant _merchant = new();

    [Fact]
    public async Task Captured_OnceTwiceAndTwiceInOnePoll_IsOneItem()
    {
        var at = new DateTimeOffset(2026, 3, 7, 4, 58, 59, TimeSpan.Zero);   // 23:58:59 of March 6th in New York
        var capture = _merchant.Capture(1_500, zone: "America/New_York", fee: 74, at: at);

        await _batch.ApplyAsync(capture.Event);
        await _batch.ApplyAsync(capture.Event, _merchant.Authorized(), capture.Event);

        Assert.Equal([(capture.Item, ("open", 0L))], (await _batch.ItemsAsync(_merchant)).Select(item => (item.Key, item.Value)));
        Assert.Equal(
            $"{capture.Payment.Value}/{capture.Operation.Value}/capture/1/northbank/USD/1500/74/{capture.ExternalId}/2026-03-06/2026-03-07 04:59:00",
            await _batch.SqlAsync(
                """
                SELECT concat_ws('/', payment_id, operation_id, kind, mode, acquirer, currency, amount, fee, external_id, settlement_date, cutoff_at AT TIME ZONE 'UTC')
                FROM items WHERE id = $1 AND slot = $2 AND merchant_id = $3 AND occurred_at = $4
                """,
                capture.Item.Value, (short)_merchant.Id.Slot.Number, _merchant.Id.Value, at.UtcDateTime));
    }

    [Fact]
    public async Task Refunded_OnceTwiceAndBeforeItsCapture_IsOneItemBelowZeroOfItsOwnDay()
    {
        var capture = _merchant.Capture(1_500, at: new DateTimeOffset(2026, 3, 6, 12, 0, 0, TimeSpan.Zero));
        var at = new DateTimeOffset(2026, 3, 9, 4, 30, 0, TimeSpan.Zero);   // half past midnight of March 9th in New York
        var refund = _merchant.Refund(capture, 600, zone: "America/New_York", at: at);

        await _batch.ApplyAsync(refund.Event, capture.Event, refund.Event);
        await _batch.ApplyAsync(refund.Event);

        Assert.Equal([(capture.Item, ("open", 0L)), (refund.Item, ("open", 0L))], (await _batch.ItemsAsync(_merchant)).OrderBy(item => item.Key != capture.Item).Select(item => (item.Key, item.Value)));
        Assert.Equal(
            $"{refund.Payment.Value}/{refund.Operation.Value}/refund/northbank/USD/-600/0/{refund.ExternalId}/2026-03-09/2026-03-10 03:59:00",
            await _batch.SqlAsync(
                """
                SELECT concat_ws('/', payment_id, operation_id, kind, acquirer, currency, amount, fee, external_id, settlement_date, cutoff_at AT TIME ZONE 'UTC')
                FROM items WHERE id = $1 AND occurred_at = $2
                """,
                refund.Item.Value, at.UtcDateTime));
    }

    [Fact]
    public async Task Refunded_ByAVoidOfItsCapture_IsNoItem()
    {
        var capture = _merchant.Capture(1_500);
        await _batch.ApplyAsync(capture.Event, _merchant.CaptureVoided(capture, _merchant.NewOperation()));
        Assert.Equal([capture.Item], (await _batch.ItemsAsync(_merchant)).Keys);
    }

    /// <summary>Around the changes of the clock in Berlin: 2026-03-29 02:00 → 03:00 and 2026-10-25 03:00 → 02:00.</summary>
    [Theory]
    [InlineData("2026-03-28T17:59:59Z", "19:00", "2026-03-28", "2026-03-28T18:00:00Z")]   // winter: one hour ahead of UTC
    [InlineData("2026-03-28T18:00:00Z", "19:00", "2026-03-29", "2026-03-29T17:00:00Z")]   // the day that ends in summer: an hour shorter
    [InlineData("2026-03-29T17:00:00Z", "19:00", "2026-03-30", "2026-03-30T17:00:00Z")]
    [InlineData("2026-03-29T00:59:59Z", "02:30", "2026-03-29", "2026-03-29T01:00:00Z")]   // 02:30 is not shown on that day
    [InlineData("2026-03-29T01:00:00Z", "02:30", "2026-03-30", "2026-03-30T00:30:00Z")]
    [InlineData("2026-10-25T00:29:59Z", "02:30", "2026-10-25", "2026-10-25T00:30:00Z")]   // 02:30 is shown twice: the first
    [InlineData("2026-10-25T01:15:00Z", "02:30", "2026-10-26", "2026-10-26T01:30:00Z")]
    public async Task Captured_AroundAChangeOfTheClock_HasTheDateOfItsMerchantsCutoff(string at, string cutoff, string date, string cutoffAt)
    {
        var time = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
        var capture = _merchant.Capture(1_500, zone: "Europe/Berlin", cutoff: cutoff, at: time);
        var refund = _merchant.Refund(capture, 100, zone: "Europe/Berlin", cutoff: cutoff, at: time);

        await _batch.ApplyAsync(capture.Event, refund.Event);

        Assert.Equal(
            2L,
            await _batch.SqlAsync(
                "SELECT count(*) FROM items WHERE merchant_id = $1 AND settlement_date = $2 AND cutoff_at = $3", _merchant.Id.Value,
                DateOnly.ParseExact(date, "yyyy-MM-dd"), DateTimeOffset.Parse(cutoffAt, CultureInfo.InvariantCulture).UtcDateTime));
    }

    [Theory]
    [InlineData("Europe/Nowhere", "18:00")]
    [InlineData("Europe/Berlin", "25:00")]
    [InlineData("Europe/Berlin", "6pm")]
    public async Task Captured_EndOfTheDayThatCannotBeRead_IsPoison(string zone, string cutoff) =>
        await Assert.ThrowsAsync<PoisonEventException>(() => _batch.ApplyAsync(_merchant.Capture(1_500, zone: zone, cutoff: cutoff).Event));

    [Fact]
    public async Task RequiresAction_IsNoItem()
    {
        await _batch.ApplyAsync(_merchant.RequiresAction());
        Assert.Empty(await _batch.ItemsAsync(_merchant));
    }

    [Fact]
    public async Task Captured_FeeAboveTheAmount_IsAnItemAllTheSame()
    {
        var capture = _merchant.Capture(5, fee: 30);   // a fixed fee on a tiny capture: the money is captured and must be settled
        await _batch.ApplyAsync(capture.Event);
        Assert.Single(await _batch.ItemsAsync(_merchant));
    }

    [Fact]
    public async Task Captured_SamePollByTwoConsumersAtOnceInOppositeOrder_IsOneItemEach()
    {
        var captures = Enumerable.Range(1, 100).Select(amount => _merchant.Capture(amount)).ToList();
        var events = captures.ConvertAll(capture => capture.Event);

        await Task.WhenAll(_batch.ApplyAsync([.. events]), _batch.ApplyAsync([.. events.AsEnumerable().Reverse()]));

        Assert.Equal(captures.Select(capture => capture.Item).Order(), (await _batch.ItemsAsync(_merchant)).Keys.Order());
    }
}
