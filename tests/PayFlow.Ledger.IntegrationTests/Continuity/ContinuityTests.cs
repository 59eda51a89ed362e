using System.Net.Http.Json;
using System.Text.Json;
using PayFlow.Kernel;
using PayFlow.Ledger.Continuity;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Journals;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.IntegrationTests.Continuity;

/// <summary>Two shards, and payments that are told to the ledger or not.</summary>
public sealed class ContinuityTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ShiftedTime _time = new();
    private PaymentBooks _payments = null!;
    private LedgerHost _host = null!;
    private Asking _here = null!;
    private Asking _there = null!;

    public async Task InitializeAsync()
    {
        _payments = await PaymentBooks.StartAsync();
        _host = await LedgerHost.StartAsync(
            _time, 2, ("services:auth:grpc:0", _payments.Address), ("Ledger:Continuity:Interval", "1.00:00:00"), ("Ledger:Continuity:Lag", "00:00:00"), ("Ledger:Continuity:Patience", $"{Patience}"));
        var slots = Enumerable.Range(0, Slot.Count).ToLookup(slot => _host.Service<Shards>().For(new Slot(slot)).Number);
        (_here, _there) = (new Asking(_host, slots[0].First()), new Asking(_host, slots[1].First()));
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _payments.DisposeAsync();
    }

    [Fact]
    public async Task Run_BusyLittleDay_Agrees()
    {
        for (var i = 0; i < 8; i++)
        {
            await HappenAsync(Day(i % 2 == 0 ? _here : _there));
        }

        var before = _time.GetUtcNow();
        var agreement = await CheckAsync();

        Assert.All(agreement.Shards, shard => Assert.Null(shard.Difference));
        Assert.True(agreement.AgreedUntil >= before);
        var seen = await _host.Operation.GetContinuityAsync(new());
        Assert.Equal((2, agreement.AgreedUntil), (seen.Shards.Count, seen.AgreedUntil.ToDateTimeOffset()));
        var view = await _host.Http.GetFromJsonAsync<JsonElement>("/internal/continuity");
        Assert.Equal(agreement.AgreedUntil.Value.ToUnixTimeMilliseconds(), view.GetProperty("agreed_until").GetDateTimeOffset().ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task Run_EventThatIsOnItsWay_CountsOnlyWhenItStays()
    {
        var (told, late) = (Day(_here), Day(_here));
        await HappenAsync(told);
        await HappenAsync(Day(_there));
        _payments.Commit(late.Events);

        var first = await CheckAsync();
        var difference = first.Shards[0].Difference!;
        Assert.Equal((late.Telling.Payment, 700L, 0L), (difference.What.Payment!.Value, difference.Payments, difference.Ledger));
        Assert.Empty(first.Broken);
        Assert.Null(first.Shards[1].Difference);
        Assert.True(first.Shards[1].AgreedUntil > difference.At);   // the other shard goes on
        Assert.Equal(difference.At, first.AgreedUntil);

        _time.Advance(Patience);
        Assert.Equal([0], (await CheckAsync()).Broken.Select(shard => shard.Shard));
        var counts = Assert.Single((await _host.Operation.GetContinuityAsync(new())).Shards, shard => shard.Difference is not null).Difference;
        Assert.Equal((late.Telling.Payment.ToString(), true), (counts.PaymentId, counts.Counts));

        await ApplyAsync(late.Events);   // it comes after all
        var healed = await CheckAsync();
        Assert.All(healed.Shards, shard => Assert.Null(shard.Difference));
        Assert.True(healed.AgreedUntil > difference.At);
    }

    [Fact]
    public async Task Run_TransferRemovedAfterTheBooksAgreed_IsFoundAndNamed()
    {
        var removed = Day(_there);
        await HappenAsync(Day(_there));
        await HappenAsync(removed);
        Assert.All((await CheckAsync()).Shards, shard => Assert.Null(shard.Difference));

        await _host.SqlAsync(
            $"DELETE FROM transfers WHERE type = 'refund' AND kind = 3 AND payment_id = '{removed.Telling.Payment.Value}'", before: "SET session_replication_role = replica", shard: 1);
        for (var day = 0; day <= 31 && (await CheckAsync()).Shards[1].Difference is null; day++)
        {
            // Each round goes through one more day of this month.
        }

        _time.Advance(Patience);
        var broken = Assert.Single((await CheckAsync()).Broken);

        Assert.Equal(
            (1, removed.Telling.Payment, "refund", 150L, 0L),
            (broken.Shard, broken.Difference!.What.Payment!.Value, broken.Difference.What.Kind, broken.Difference.Payments, broken.Difference.Ledger));
    }

    [Fact]
    public async Task Run_TransferThatNoPaymentKnows_IsFoundAndNamed()
    {
        var day = Day(_here);
        await HappenAsync(Day(_here));
        await ApplyAsync(day.Events);   // the ledger alone

        await CheckAsync();
        _time.Advance(Patience);
        var broken = Assert.Single((await CheckAsync()).Broken);

        Assert.Equal((day.Telling.Payment, 0L, 700L), (broken.Difference!.What.Payment!.Value, broken.Difference.Payments, broken.Difference.Ledger));
    }

    [Fact]
    public async Task Run_WhilePaymentsGoOn_NeverCountsADifference()
    {
        using var over = new CancellationTokenSource();
        var paying = Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                var day = Day(_here);
                _payments.Commit(day.Events);
                await Task.Delay(20);   // on its way
                await ApplyAsync(day.Events);
            }
        });
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty((await CheckAsync()).Broken);
        }

        await over.CancelAsync();
        await paying;
        Assert.All((await CheckAsync()).Shards, shard => Assert.Null(shard.Difference));
    }

    private Task<Agreement> CheckAsync() => _host.Service<CheckContinuity>().RunAsync(CancellationToken.None);

    /// <summary>A payment with captures of 700, one of them undone, and a refund.</summary>
    private static (Telling Telling, ReceivedEvent[] Events) Day(Asking asking)
    {
        var telling = new Telling(asking.Merchant);
        var (first, second, refund) = (telling.NewOperation(), telling.NewOperation(), telling.NewOperation());
        return (telling,
        [
            telling.Authorized(1_000), telling.Captured(first, 400, 600, isFinal: false), telling.Captured(second, 300, 0, isFinal: true),
            telling.Refunded(telling.NewOperation(), 300, voids: second), telling.RefundRequested(refund, 150), telling.Refunded(refund, 150),
        ]);
    }

    private async Task HappenAsync((Telling Telling, ReceivedEvent[] Events) day)
    {
        _payments.Commit(day.Events);
        await ApplyAsync(day.Events);
    }

    private async Task ApplyAsync(ReceivedEvent[] events)
    {
        var shard = _host.Service<Shards>().For(events[0].Slot);
        await using var transaction = await shard.BeginAsync(CancellationToken.None, events[0].Slot);
        await _host.Service<LedgerConsumer>().ApplyAsync(events, transaction, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
