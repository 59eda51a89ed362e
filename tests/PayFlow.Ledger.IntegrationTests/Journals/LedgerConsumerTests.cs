using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Journals;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.IntegrationTests.Journals;

/// <summary>From events to the books, in Postgres; the inbox in front of it is Messaging's and is not asked here, as if it were lost.</summary>
public sealed class LedgerConsumerTests : IClassFixture<LedgerFixture>
{
    private readonly LedgerHost _host;
    private readonly Asking _asking;
    private readonly Telling _telling;

    public LedgerConsumerTests(LedgerFixture fixture)
    {
        _host = fixture.Host;
        _asking = new Asking(_host);
        _telling = new Telling(_asking.Merchant);
    }

    [Fact]
    public async Task Apply_WholeWay_EndsWithTheMerchantPaidAndTheAcquirerQuits()
    {
        var (first, last) = (_telling.NewOperation(), _telling.NewOperation());
        var before = await PlatformAsync();

        await ApplyAsync(_telling.Submitted(1_000), _telling.Authorized(1_000));
        Assert.Equal((0, 1_000), await PendingAsync());
        await ApplyAsync(_telling.Captured(first, 300, 700, isFinal: false));
        Assert.Equal((300, 700), await PendingAsync());
        await ApplyAsync(_telling.Captured(last, 500, 0, isFinal: true));
        Assert.Equal((800, 0), await PendingAsync());
        await ApplyAsync(_telling.Settled(first, 300, 3, line: 1), _telling.Settled(last, 495, 5, line: 2));
        Assert.Equal((5, 0), await PendingAsync());   // short by 5
        Assert.Equal((787, 787), await _asking.BalanceAsync(_asking.Available));
        await ApplyAsync(_telling.Settled(last, 5, 0, line: 9), _telling.Deposited(805, 11, unexplained: 5));

        Assert.Equal((0, 0), await PendingAsync());
        Assert.Equal((792, 792), await _asking.BalanceAsync(_asking.Available));
        var after = await PlatformAsync();
        Assert.Equal(
            (0, 794, 11, -5, -8),   // debits less credits
            (after.Receivable - before.Receivable, after.Bank - before.Bank, after.Fees - before.Fees, after.Suspense - before.Suspense, after.Revenue - before.Revenue));

        var listed = await _asking.ListAsync(new() { PaymentId = _telling.Payment.ToString() });
        Assert.Equal(["auth_hold", "capture", "auth_hold", "capture"], listed.Take(4).Select(transfer => transfer.Type));
        Assert.Equal(["posted", "posted"], listed.Where(transfer => transfer.Type == "auth_hold").Select(transfer => transfer.PendingState));
        Assert.Equal(["fee", "fee", "settle", "settle", "settle"], listed.Skip(4).Select(transfer => transfer.Type).Order());
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Apply_RefundsOfEveryKind_EndWithEveryPartyQuits()
    {
        var (settled, undone) = (_telling.NewOperation(), _telling.NewOperation());
        var (whole, part, failed) = (_telling.NewOperation(), _telling.NewOperation(), _telling.NewOperation());
        var before = await PlatformAsync();
        await ApplyAsync(_telling.Authorized(1_000), _telling.Captured(settled, 700, 300, isFinal: false), _telling.Captured(undone, 300, 0, isFinal: true));

        await ApplyAsync(_telling.Refunded(whole, 300, voids: undone));
        Assert.Equal((700, 0), await PendingAsync());
        await ApplyAsync(_telling.RefundRequested(part, 250), _telling.RefundRequested(failed, 100));
        Assert.Equal((0, -350), await _asking.BalanceAsync(_asking.Available));   // not settled yet: it may be overdrawn
        await ApplyAsync(_telling.Refunded(part, 250), _telling.RefundFailed(failed, 100));
        Assert.Equal((-250, -250), await _asking.BalanceAsync(_asking.Available));
        await ApplyAsync(_telling.Settled(settled, 700, 3, line: 1), _telling.Deposited(450, 11));

        Assert.Equal((0, 0), await PendingAsync());
        Assert.Equal((447, 447), await _asking.BalanceAsync(_asking.Available));
        var after = await PlatformAsync();
        Assert.Equal(
            (0, 439, 11, 0, -3),   // debits less credits
            (after.Receivable - before.Receivable, after.Bank - before.Bank, after.Fees - before.Fees, after.Suspense - before.Suspense, after.Revenue - before.Revenue));
        var listed = await _asking.ListAsync(new() { PaymentId = _telling.Payment.ToString() });
        Assert.Equal(
            [("refund", "", 250L), ("refund", "posted", 250L), ("refund", "voided", 100L), ("release", "", 100L), ("void_capture", "", 300L)],
            listed.Where(transfer => transfer.Type is "refund" or "release" or "void_capture").Select(transfer => (transfer.Type, transfer.PendingState, transfer.Amount)).Order());
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Apply_MoreRefundsThanCaptures_TheAcquirerTakesMoneyFromTheBank()
    {
        var (capture, refund) = (_telling.NewOperation(), _telling.NewOperation());
        await ApplyAsync(_telling.Authorized(1_000), _telling.Captured(capture, 1_000, 0, isFinal: true), _telling.Settled(capture, 1_000, 3, line: 1), _telling.Deposited(1_000, 7));
        var before = await PlatformAsync();

        var later = new Telling(_asking.Merchant);   // another batch
        await ApplyAsync(_telling.RefundRequested(refund, 1_000), _telling.Refunded(refund, 1_000), later.Deposited(-1_000, 2));

        var after = await PlatformAsync();
        Assert.Equal((-1_002, 2, 0), (after.Bank - before.Bank, after.Fees - before.Fees, after.Receivable - before.Receivable));
        Assert.Equal((-3, -3), await _asking.BalanceAsync(_asking.Available));   // the fee stays ours: the merchant owes it
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Apply_Voided_ReleasesTheHold()
    {
        await ApplyAsync(_telling.Authorized(1_000), _telling.Voided(_telling.NewOperation()));

        Assert.Equal((0, 0), await PendingAsync());
        var listed = await _asking.ListAsync(new() { PaymentId = _telling.Payment.ToString() });
        Assert.Equal([("auth_hold", "voided"), ("release", "")], listed.Select(transfer => (transfer.Type, transfer.PendingState)).Order());
    }

    [Fact]
    public async Task Apply_EverythingAgainWithALostInbox_DoublesNothing()
    {
        var (first, last, taken, failed) = (_telling.NewOperation(), _telling.NewOperation(), _telling.NewOperation(), _telling.NewOperation());
        ReceivedEvent[] all =
        [
            _telling.Authorized(1_000), _telling.Captured(first, 300, 700, isFinal: false), _telling.Captured(last, 500, 0, isFinal: true), _telling.Settled(first, 300, 3, line: 1),
            _telling.Settled(last, 500, 5, line: 2), _telling.Deposited(800, 7), _telling.RefundRequested(taken, 100), _telling.Refunded(taken, 100),
            _telling.RefundRequested(failed, 200), _telling.RefundFailed(failed, 200),
        ];
        await ApplyAsync(all);
        var before = await _host.SqlAsync("SELECT string_agg(a::text, '|' ORDER BY id) FROM accounts a");

        await ApplyAsync(all);
        foreach (var single in all)
        {
            await ApplyAsync(single);
        }

        Assert.Equal(before, await _host.SqlAsync("SELECT string_agg(a::text, '|' ORDER BY id) FROM accounts a"));
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Apply_SettlementBeforeItsCapture_IsPostedAndConverges()
    {
        var capture = _telling.NewOperation();
        var (authorized, captured) = (_telling.Authorized(100), _telling.Captured(capture, 100, 0, isFinal: true));

        await ApplyAsync(_telling.Settled(capture, 100, 3, line: 1));
        Assert.Equal((-100, 0), await PendingAsync());

        await ApplyAsync(authorized, captured);
        Assert.Equal((0, 0), await PendingAsync());
        Assert.Equal((97, 97), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task Apply_FactOnAnOverdrawnAccount_IsPosted()
    {
        var capture = _telling.NewOperation();

        await ApplyAsync(_telling.Settled(capture, 2, 3, line: 1));

        Assert.Equal((-1, -1), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal(["exceeds_available"], await _asking.AskAsync(_asking.Posted(_asking.Available, _asking.Revenue, 1)));
    }

    /// <summary>A consumer that lost its partition without knowing it, and the one that has it now.</summary>
    [Fact]
    public async Task Apply_SameEventsByTwoAtOnce_PostsThemOnce()
    {
        for (var round = 0; round < 10; round++)
        {
            var telling = new Telling(_asking.Merchant);
            ReceivedEvent[] life = [telling.Authorized(100), telling.Captured(telling.NewOperation(), 30, 70, isFinal: false), telling.Captured(telling.NewOperation(), 50, 0, isFinal: true)];

            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ApplyAsync(life)));

            Assert.Equal(4, (await _asking.ListAsync(new() { PaymentId = telling.Payment.ToString() })).Count);
        }

        Assert.Equal((800, 0), await PendingAsync());
    }

    /// <summary>Somebody ends the hold between our look and our lock: what was decided must be decided again.</summary>
    [Fact]
    public async Task Apply_HoldThatEndsMeanwhile_IsDecidedAgain()
    {
        await ApplyAsync(_telling.Authorized(100));
        var hold = Assert.Single(await _asking.ListAsync(new() { PaymentId = _telling.Payment.ToString() }));
        var shard = _host.Service<Shards>().For(_telling.Payment.Slot);

        // Keeps the accounts locked until the consumer has looked and waits for them.
        await using var blocker = await shard.BeginAsync(CancellationToken.None, _telling.Payment.Slot);
        var release = _asking.End(hold.TransferId, isVoid: true);
        release.Type = "release";
        await _host.Service<Ledger.Transfers.TransferStore>().ApplyAsync(
            blocker,
            Ledger.Transfers.TransferPlan.Of(
            [
                new() { Id = Id.Parse(IdPrefix.Transfer, release.TransferId), Kind = Ledger.Transfers.TransferKind.VoidPending, PendingId = Id.Parse(IdPrefix.Transfer, hold.TransferId), Type = "release" },
            ]),
            CancellationToken.None);
        var applying = ApplyAsync(_telling.Captured(_telling.NewOperation(), 60, 0, isFinal: true));
        await WaitUntilSomebodyWaitsAsync();
        await blocker.CommitAsync(CancellationToken.None);
        await applying;

        Assert.Equal((60, 0), await PendingAsync());
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Apply_EventThatContradictsTheBooks_IsPoisonAndChangesNothing()
    {
        var capture = _telling.NewOperation();
        await ApplyAsync(_telling.Authorized(100), _telling.Captured(capture, 30, 0, isFinal: true));
        var good = new Telling(_asking.Merchant);
        var contradiction = _telling.Captured(capture, 31, 0, isFinal: true);

        var poison = await Assert.ThrowsAsync<PoisonEventException>(() => ApplyAsync(good.Authorized(5), contradiction));

        Assert.Same(contradiction, poison.Event);
        Assert.Contains("exists_with_different_amount", poison.Message, StringComparison.Ordinal);
        Assert.Empty(await _asking.ListAsync(new() { PaymentId = good.Payment.ToString() }));
    }

    [Fact]
    public async Task Apply_EventThatCannotBeRead_IsPoison()
    {
        var later = _telling.OfPayment("payment.levitated", new PaymentEvent());
        var malformed = _telling.OfPayment("payment.authorized", new PaymentEvent { Authorized = new PaymentAuthorized { OperationId = "op_1", Amount = 5, Acquirer = "northbank" } });
        var foreign = _telling.Authorized(5) with { Aggregate = new Telling(_asking.Merchant).Payment };
        var negative = _telling.Authorized(-5);

        foreach (var bad in new[] { later, malformed, foreign, negative })
        {
            var poison = await Assert.ThrowsAsync<PoisonEventException>(() => ApplyAsync(bad));
            Assert.Same(bad, poison.Event);
        }

        Assert.Empty(await _asking.ListAsync(new() { PaymentId = _telling.Payment.ToString() }));
    }

    /// <summary>One poll in one transaction, as the inbox does it.</summary>
    private async Task ApplyAsync(params ReceivedEvent[] events)
    {
        var shard = _host.Service<Shards>().For(_telling.Payment.Slot);
        await using var transaction = await shard.BeginAsync(CancellationToken.None, events.Select(received => received.Slot));
        await _host.Service<LedgerConsumer>().ApplyAsync(events, transaction, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>merchant.pending: posted, and held.</summary>
    private async Task<(long Posted, long Held)> PendingAsync()
    {
        var account = await _host.Client.GetAccountAsync(new() { Account = _asking.Pending });
        return (account.LedgerBalance, account.CreditsPending);
    }

    /// <summary>Debits less credits of the accounts that all tests share.</summary>
    private async Task<(long Receivable, long Bank, long Fees, long Suspense, long Revenue)> PlatformAsync()
    {
        async Task<long> OfAsync(string path) => await _host.CountAsync($"SELECT coalesce(sum(debits_posted - credits_posted), 0)::bigint FROM accounts WHERE path = '{path}'");
        return (await OfAsync("acquirer_receivable/northbank"), await OfAsync("bank_cash/house"), await OfAsync("acquirer_fees"), await OfAsync("suspense"), await OfAsync("processing_revenue"));
    }

    private async Task WaitUntilSomebodyWaitsAsync()
    {
        while (await _host.CountAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            await Task.Delay(10);
        }
    }
}
