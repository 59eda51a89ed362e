using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Chain;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Periods;
using PayFlow.Messaging;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Crashes;

/// <summary>The ledger as a process, killed at each of its crash points: what was asked for or told is in the books once.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private Publishing _publishing = null!;
    private LedgerProcess _ledger = null!;
    private Asking _asking = null!;

    public async Task InitializeAsync()
    {
        _publishing = await Publishing.StartAsync();
        _ledger = await LedgerProcess.CreateAsync(_publishing.Broker);
        _asking = new Asking(_ledger.Client);
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _publishing.DisposeAsync();
    }

    [Theory]
    [InlineData("ledger.journal.written", "created")]
    [InlineData("ledger.transfers.committed", "exists")]
    public async Task CreateTransfers_KilledAndAskedAgain_IsAppliedOnce(string crashPoint, string answerToTheRetry)
    {
        await _ledger.StartAsync(crashPoint);
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 100);
        NewChain(hold, out var end);

        await Assert.ThrowsAsync<RpcException>(() => _asking.AskAsync(hold, end));
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        Assert.Equal([answerToTheRetry, answerToTheRetry], await _asking.AskAsync(hold, end));
        Assert.Equal((60, 60), await _asking.BalanceAsync(_asking.Available));
        await _ledger.Client.GetTrialBalanceAsync(new());
    }

    [Theory]
    [InlineData("ledger.journal.written")]
    [InlineData("ledger.journal.written@2")]
    [InlineData("inbox.consumer.applied")]
    [InlineData("inbox.consumer.committed")]
    public async Task Events_KilledWhilePosting_ArePostedOnce(string crashPoint)
    {
        var telling = new Telling(_asking.Merchant);
        var (first, last) = (telling.NewOperation(), telling.NewOperation());
        ReceivedEvent[] payment =
            [telling.Submitted(1_000), telling.Authorized(1_000), telling.Captured(first, 300, 700, isFinal: false), telling.Captured(last, 500, 0, isFinal: true)];
        ReceivedEvent[] reconciliation = [telling.Settled(first, 300, 3, line: 1), telling.Settled(last, 500, 5, line: 2), telling.Deposited(800, 7)];

        await _ledger.StartAsync(crashPoint);
        await _publishing.PublishAsync(reconciliation);   // before the captures that they settle
        await _publishing.PublishAsync(payment[..2]);
        await Task.Delay(500);                            // a poll of its own, for points that are hit more than once
        await _publishing.PublishAsync(payment[2..]);
        await _publishing.PublishAsync([.. payment, .. reconciliation]);   // at least once
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        // What is told last on both topics is posted last, so all before it has been seen.
        var sentinel = new Telling(new Asking(_ledger.Client).Merchant);
        await _publishing.PublishAsync(sentinel.Authorized(1), sentinel.Settled(sentinel.NewOperation(), 1, 0, line: 1));
        await WaitForAsync(async () => (await _asking.ListAsync(new() { PaymentId = sentinel.Payment.ToString() })).Count == 2);

        var listed = await _asking.ListAsync(new());
        Assert.Equal(
            ["auth_hold", "auth_hold", "capture", "capture", "deposit", "deposit", "fee", "fee", "settle", "settle"],
            listed.Where(transfer => transfer.MerchantId == _asking.Merchant.ToString()).Select(transfer => transfer.Type).Order(StringComparer.Ordinal));
        Assert.Equal((792, 792), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal((0, 0), await _asking.BalanceAsync(_asking.Pending));
        Assert.Equal((0, 0), await _asking.BalanceAsync(_asking.Receivable));   // the sentinel is only held
        await _ledger.Client.GetTrialBalanceAsync(new());
    }

    [Theory]
    [InlineData("ledger.accounts.opened")]
    [InlineData("ledger.account.changed")]
    public async Task Accounts_KilledWhileOpenedOrFrozen_AreSoOnce(string crashPoint)
    {
        await _ledger.StartAsync(crashPoint);
        Contract.CreateAccountsRequest open = new() { Accounts = { new Contract.NewAccount { Name = _asking.Available, Ceiling = 5 } } };
        Contract.ChangeAccountRequest freeze = new() { Account = _asking.Available, Actor = "operator:ada", Reason = "a court says so" };

        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await _ledger.Accounts.CreateAccountsAsync(open);
            await _ledger.Accounts.FreezeAccountAsync(freeze);
        });
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        Assert.Equal("exists", (await _ledger.Accounts.CreateAccountsAsync(open)).Results.Single().Reason);
        Assert.Equal(("frozen", 5), (await _ledger.Accounts.FreezeAccountAsync(freeze)) is { } account ? (account.State, account.Ceiling) : default);
    }

    [Fact]
    public async Task ExpirySweep_KilledAfterItVoided_HasReleasedOnce()
    {
        await _ledger.StartAsync("ledger.expired.voided");
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 100);
        hold.ExpiresAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddSeconds(1));
        await _asking.AskAsync(hold);

        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        await WaitForAsync(async () => (await _asking.ListAsync(new() { Account = _asking.Available })).Count == 2);
        Assert.Equal(["voided", ""], (await _asking.ListAsync(new() { Account = _asking.Available })).Select(transfer => transfer.PendingState));
        await _ledger.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task ExecuteExchange_KilledAndAskedAgain_IsDoneOnce()
    {
        await _ledger.StartAsync("ledger.exchange.committed");
        var euros = Asking.Name(_asking.Available.Path, "EUR");
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 10_050));
        var quote = await _ledger.Exchanges.QuoteExchangeAsync(new() { From = _asking.Available, To = euros, Amount = 10_000, Side = Contract.ExchangeSide.From });
        Contract.ExecuteExchangeRequest execute = new() { QuoteId = quote.QuoteId, IdempotencyKey = "key-1" };

        await Assert.ThrowsAsync<RpcException>(async () => await _ledger.Exchanges.ExecuteExchangeAsync(execute));
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        Assert.Equal(quote, (await _ledger.Exchanges.ExecuteExchangeAsync(execute)).Quote);
        Assert.Equal((8_000, 8_000), await _asking.BalanceAsync(euros));
        Assert.Equal((0, 0), await _asking.BalanceAsync(_asking.Available));
    }

    [Theory]
    [InlineData("ledger.request.taken", false)]
    [InlineData("ledger.journal.written@2", false)]
    [InlineData("ledger.transfers.committed@2", true)]
    public async Task CreateTransferOverRest_KilledAndSentAgain_IsMadeOnce(string crashPoint, bool isReplay)
    {
        await _ledger.StartAsync(crashPoint);
        var calling = new Calling(_ledger.Http, _ledger.Identity, _asking.Merchant);
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100));
        var body = new { from = calling.Available(), to = calling.Wallet("rent"), amount = new { amount = 60, currency = "USD" } };

        await Assert.ThrowsAsync<HttpRequestException>(() => calling.PostAsync("/v1/transfers", body, "key-1"));
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        Assert.Equal(isReplay, (await calling.PostAsync("/v1/transfers", body, "key-1")).IsReplay);
        Assert.Equal((40, 40), await _asking.BalanceAsync(_asking.Available));
        await _ledger.Client.GetTrialBalanceAsync(new());
    }

    [Theory]
    [InlineData("ledger.period.cut")]
    [InlineData("ledger.period.totalled")]
    [InlineData("ledger.period.closed")]
    public async Task ClosePeriod_KilledAndAskedAgain_IsClosedOnce(string crashPoint)
    {
        var last = Period.Of(TimeProvider.System.GetUtcNow()).Previous;
        await _ledger.StartAsync(crashPoint);
        var transfer = _asking.Posted(_asking.Receivable, _asking.Available, 100);
        transfer.EffectiveAt = Timestamp.FromDateTimeOffset(last.Start);
        await _asking.AskAsync(transfer);

        await Assert.ThrowsAsync<RpcException>(async () => await _ledger.Operation.ClosePeriodAsync(new() { Period = last.Number }));
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        var late = _asking.Posted(_asking.Receivable, _asking.Available, 10);
        late.EffectiveAt = transfer.EffectiveAt;
        Assert.Equal(["created"], await _asking.AskAsync(late));   // in the next period: this one was cut
        var closed = await _ledger.Operation.ClosePeriodAsync(new() { Period = last.Number });
        Assert.Equal((100L, 100L, 2L), (Assert.Single(closed.Lines).Debits, closed.Lines[0].Credits, closed.Lines[0].Accounts));
        Assert.Equal(10L, Assert.Single((await _ledger.Operation.GetPeriodAsync(new() { Period = last.Next.Number })).Lines).Debits);
        await _ledger.Client.GetTrialBalanceAsync(new());
    }

    [Theory]
    [InlineData("ledger.head.signed")]
    [InlineData("ledger.head.written")]
    [InlineData("ledger.head.written@2")]
    public async Task Heads_KilledWhileSigning_AreLeftOutOrThereButNeverWrong(string crashPoint)
    {
        await _ledger.StartAsync(crashPoint);
        var transfer = _asking.Posted(_asking.Receivable, _asking.Available, 1);
        await Record.ExceptionAsync(() => _asking.AskAsync(transfer));   // its head may be signed before it is answered
        while (crashPoint.EndsWith("@2", StringComparison.Ordinal) && (await ChainOfHost.VerifyAsync(_ledger.Chain)).LastSignedBlock < 1)
        {
            await Task.Delay(50);
        }

        await Record.ExceptionAsync(() => _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 2)));   // unless it is dead already
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        Assert.Equal(["exists", "created"], await _asking.AskAsync(transfer, _asking.Posted(_asking.Receivable, _asking.Available, 3)));
        await WaitForAsync(async () => await ChainOfHost.VerifyAsync(_ledger.Chain) is var result && result.LastSignedBlock == result.OfBlocks);
        var verified = await ChainOfHost.VerifyAsync(_ledger.Chain);
        Assert.Empty(verified.Findings);
        Assert.InRange(verified.SignedHeads, 1, verified.Blocks);
    }

    [Theory]
    [InlineData("ledger.archive.written")]
    [InlineData("ledger.archive.detached")]
    public async Task Archive_KilledAndAskedAgain_IsArchivedOnce(string crashPoint)
    {
        var oldest = Period.Of(TimeProvider.System.GetUtcNow()).Previous.Previous;
        await _ledger.StartAsync(crashPoint);
        var transfer = _asking.Posted(_asking.Receivable, _asking.Available, 100);
        transfer.TransferId = Id.New(IdPrefix.Transfer, _asking.Merchant.Slot, oldest.Start.AddDays(1)).ToString();
        transfer.EffectiveAt = Timestamp.FromDateTimeOffset(oldest.Start.AddDays(1));
        Assert.Equal(["created"], await _asking.AskAsync(transfer));
        await _ledger.Operation.ClosePeriodAsync(new() { Period = oldest.Number });

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _ledger.Http.PostAsync($"/internal/archives/{oldest}", null));
        await _ledger.WaitForCrashAsync();
        await _ledger.StartAsync();

        using var archived = await _ledger.Http.PostAsync($"/internal/archives/{oldest}", null);
        Assert.True(archived.IsSuccessStatusCode, await archived.Content.ReadAsStringAsync());
        using var verified = await _ledger.Http.PostAsync($"/internal/archives/{oldest}/verify", null);
        Assert.Contains("\"holds\":true", await verified.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await _asking.ListAsync(new()));
        Assert.Equal((100, 100), await _asking.BalanceAsync(_asking.Available));
        await _ledger.Client.GetTrialBalanceAsync(new());
    }

    [Theory]
    [InlineData("ledger.intershard.reserved")]
    [InlineData("ledger.intershard.posted")]
    public async Task BetweenShards_KilledBetweenTheSteps_IsFinishedByTheSweep(string crashPoint)
    {
        await using var ledger = await LedgerProcess.CreateAsync(_publishing.Broker, shards: 2);
        await ledger.StartAsync(crashPoint);
        var (payer, payee) = (new Asking(ledger.Client, slot: 0), new Asking(ledger.Client, slot: 1));   // slots go to the shards in turn
        var transfer = payer.Posted(payer.Available, payee.Available, 300);
        await payer.AskAsync(payer.Posted(payer.Receivable, payer.Available, 1_000));

        await Assert.ThrowsAsync<RpcException>(() => payer.AskAsync(transfer));
        await ledger.WaitForCrashAsync();
        await ledger.StartAsync();

        var between = Asking.Name("inter_shard/0-1");
        await WaitForAsync(async () => await ledger.Client.GetAccountAsync(new() { Account = between }) is { DebitsPending: 0, CreditsPending: 0, LedgerBalance: 0, DebitsPosted: 300 });
        Assert.Equal(((700, 700), (300, 300)), (await payer.BalanceAsync(payer.Available), await payee.BalanceAsync(payee.Available)));
        Assert.Equal(["exists"], await payer.AskAsync(transfer));
        await ledger.Client.GetTrialBalanceAsync(new());
    }

    [Theory]
    [InlineData("ledger.slot.closed")]
    [InlineData("ledger.journal.written")]     // of what leaves
    [InlineData("ledger.journal.written@2")]
    [InlineData("ledger.slot.left")]
    [InlineData("ledger.slot.copied")]
    [InlineData("ledger.journal.written@3")]   // of what arrives
    [InlineData("ledger.slot.arrived")]
    public async Task SlotThatIsMoved_KilledOnItsWay_ArrivesWhenItIsAskedForAgain_AndItsEventsGoOn(string crashPoint)
    {
        await using var ledger = await LedgerProcess.CreateAsync(_publishing.Broker, shards: 2);
        await ledger.StartAsync();
        var asking = new Asking(ledger.Client, slot: 0);
        var telling = new Telling(asking.Merchant);
        var hold = asking.Held(asking.Available, asking.Revenue, 100);
        await asking.AskAsync(asking.Posted(asking.Receivable, asking.Available, 1_000), hold);
        await _publishing.PublishAsync(telling.Submitted(500), telling.Authorized(500));
        await WaitForAsync(async () => (await ledger.Client.GetAccountAsync(new() { Account = asking.Available })) is { LedgerBalance: 1_000 }
            && (await asking.ListAsync(new() { PaymentId = telling.Payment.ToString() })).Count == 1);
        await ledger.KillAsync();
        await ledger.StartAsync(crashPoint);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => ledger.Http.PostAsync("/internal/slots/0/move?to=1", null));
        await ledger.WaitForCrashAsync();
        await ledger.StartAsync();
        Assert.Contains("\"going_to\":1", await ledger.Http.GetStringAsync("/internal/slots/0"), StringComparison.Ordinal);
        await _publishing.PublishAsync(telling.Captured(telling.NewOperation(), 500, 0, isFinal: true));   // waits until somebody owns the slot
        using var other = await ledger.Http.PostAsync("/internal/slots/0/move?to=0", null);
        Assert.False(other.IsSuccessStatusCode, "It can't go back half-way.");
        using var moved = await ledger.Http.PostAsync("/internal/slots/0/move?to=1", null);
        Assert.True(moved.IsSuccessStatusCode, await moved.Content.ReadAsStringAsync());

        Assert.Equal(["created"], await asking.AskAsync(asking.End(hold.TransferId, 60)));
        Assert.Equal((940, 940), await asking.BalanceAsync(asking.Available));
        await WaitForAsync(async () => (await ledger.Client.GetAccountAsync(new() { Account = asking.Pending })) is { LedgerBalance: 500, CreditsPending: 0 });
        await ledger.Client.GetTrialBalanceAsync(new());
        await Soundness.AssertChainAsync(ledger.Chain);
    }

    private void NewChain(Contract.NewTransfer hold, out Contract.NewTransfer end)
    {
        hold.Linked = true;
        end = _asking.End(hold.TransferId, 60);
    }

    private static async Task WaitForAsync(Func<Task<bool>> isReached)
    {
        for (var i = 0; !await isReached(); i++)
        {
            Assert.True(i < 900, "What was published was not posted within a minute and a half.");
            await Task.Delay(100);
        }
    }
}
