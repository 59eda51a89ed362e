using System.Diagnostics;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Contracts.Reconciler.V1;
using PayFlow.Reconciler.IntegrationTests.Support;
using PayFlow.Reconciler.Notices;
using Detail = PayFlow.Contracts.Events.V1.ReconciliationEvent.DetailOneofCase;

namespace PayFlow.Reconciler.IntegrationTests.Notices;

/// <summary>From an acquirer's feed to disputes and events: the real Sandbox, the real poller, Postgres.</summary>
public sealed class NoticeTests : IAsyncLifetime
{
    private const string Northbank = "northbank";

    private readonly Report _report = new();
    private SandboxProcess _sandbox = null!;
    private ReconcilerHost _host = null!;

    public async Task InitializeAsync()
    {
        _sandbox = await SandboxProcess.StartAsync();
        _host = await ReconcilerHost.StartAsync(acquirers: _sandbox.Address, explainWithin: TimeSpan.FromMilliseconds(300));
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _sandbox.DisposeAsync();
    }

    [Fact]
    public async Task Disputes_WonAndLost_AreInTheBooksAndToldBehindTheSettlementOfTheirItems()
    {
        var (won, lost) = (await SettledAsync(1_000), await SettledAsync(2_000));
        var (first, second) = (await _sandbox.DisputeAsync(Northbank, won.ExternalId, 400), await _sandbox.DisputeAsync(Northbank, lost.ExternalId));
        await UntilAsync(async () => await DisputesAsync() == 2, "the disputes");
        Assert.Equal("open/400/0", await DisputeAsync(first));
        await _sandbox.CloseDisputeAsync(Northbank, first, "won");
        await _sandbox.CloseDisputeAsync(Northbank, second, "lost");
        await UntilAsync(async () => await AppliedAsync() == 4, "the decisions");

        Assert.Equal(("won/400/0", "lost/2000/1500"), (await DisputeAsync(first), await DisputeAsync(second)));
        var told = await EventsAsync();
        Assert.Equal([Detail.ItemSettled, Detail.DisputeOpened, Detail.DisputeClosed], told[won.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ItemSettled, Detail.DisputeOpened, Detail.DisputeClosed], told[lost.Id.Value].Select(e => e.DetailCase));
        var (opened, closed) = (told[won.Id.Value][1].DisputeOpened, told[won.Id.Value][2].DisputeClosed);
        Assert.Equal(
            (won.Id.ToString(), won.Payment.ToString(), 400L, "fraudulent", first, $"{first}_debit"),
            (opened.ItemId, opened.PaymentId, opened.Amount, opened.Reason, opened.ExternalDisputeId, opened.DebitReference));
        Assert.Equal((opened.DisputeId, opened.CaptureOperationId, 400L, DisputeOutcome.Won, 0L, $"{first}_credit"), (closed.DisputeId, closed.CaptureOperationId, closed.Amount, closed.Outcome, closed.Fee, closed.CreditReference));
        Assert.Equal((_report.Merchant.ToString(), _report.Batch.ToString(), Northbank, "USD"), (told[won.Id.Value][1].MerchantId, told[won.Id.Value][1].BatchId, told[won.Id.Value][1].Acquirer, told[won.Id.Value][1].Currency));
        Assert.Equal((DisputeOutcome.Lost, 15_00L, ""), (told[lost.Id.Value][2].DisputeClosed.Outcome, told[lost.Id.Value][2].DisputeClosed.Fee, told[lost.Id.Value][2].DisputeClosed.CreditReference));

        // Everything once more, as if the cursor and all that was noted were lost: nothing changes.
        var before = await BooksAsync();
        await _host.SqlAsync("DELETE FROM notices");
        await _host.SqlAsync("DELETE FROM notice_cursors");
        await UntilAsync(async () => await AppliedAsync() == 4, "the second reading");
        Assert.Equal(before, await BooksAsync());
    }

    [Fact]
    public async Task Notice_OfACaptureThatIsNotKnownYet_WaitsThenIsAnExceptionThenIsExplained()
    {
        var capture = await _sandbox.PayAsync(Northbank, 1_000);
        await _sandbox.SettleAsync(Northbank, capture, 1_000);
        var dispute = await _sandbox.DisputeAsync(Northbank, capture);
        await UntilAsync(async () => (long)(await _host.SqlAsync("SELECT count(*) FROM notices WHERE exception_id IS NOT NULL"))! == 1, "the exception");
        Assert.Equal("waiting", await _host.SqlAsync("SELECT state FROM notices"));
        var exception = Assert.Single(await ExceptionsAsync());
        Assert.Equal(("unexplained_notice", "open", "", "", Northbank, "USD", 1_000L), (exception.Kind, exception.State, exception.MerchantId, exception.BatchId, exception.Acquirer, exception.Currency, exception.Actual));
        Assert.Contains($"The capture '{capture}' is not known here.", exception.Explanation, StringComparison.Ordinal);
        Assert.Equal(0, await DisputesAsync());

        var item = _report.Submit(1_000, externalId: capture);
        await _host.ApplyAsync(_report.Events);
        await UntilAsync(async () => await AppliedAsync() == 1, "the dispute");
        Assert.Equal("open/1000/0", await DisputeAsync(dispute));
        Assert.Equal("resolved", Assert.Single(await ExceptionsAsync()).State);
        var told = await EventsAsync();
        Assert.Equal([Detail.DisputeOpened], told[item.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ExceptionOpened, Detail.ExceptionResolved], told[PayFlow.Kernel.Id.Parse("exc", exception.ExceptionId).Value].Select(e => e.DetailCase));
    }

    [Fact]
    public async Task Notices_OutOfOrderTwiceAndContradicting_HaveOneEffectAndNothingIsDropped()
    {
        var item = _report.Submit(1_000);
        await _host.ApplyAsync(_report.Events);
        await TellAsync(1, "dispute_closed", Closed(item, "won"));                    // before it was opened
        await UntilAsync(async () => (int)(await _host.SqlAsync("SELECT tries FROM notices"))! > 0, "a try");
        await TellAsync(2, "dispute_opened", Opened(item, 1_000));
        await TellAsync(3, "dispute_opened", Opened(item, 1_000));                    // again
        await UntilAsync(async () => await AppliedAsync() == 3, "the order");
        await TellAsync(4, "dispute_closed", Closed(item, "won"));                    // again
        await TellAsync(5, "dispute_closed", Closed(item, "lost"));                   // contradicts
        await TellAsync(6, "dispute_opened", Opened(item, 999));
        await TellAsync(7, "dispute_opened", """{"dispute":"nbx_1"}""");              // can't be read
        await TellAsync(8, "card_updated", "{}");                                     // of a later version
        await UntilAsync(async () => (long)(await _host.SqlAsync("SELECT count(*) FROM notices WHERE state = 'applied' OR exception_id IS NOT NULL"))! == 8, "the rest");

        Assert.Equal("applied,applied,applied,applied,refused,refused,refused,waiting", await _host.SqlAsync("SELECT string_agg(state, ',' ORDER BY sequence) FROM notices"));
        Assert.Equal("won/1000/0", await DisputeAsync("nbx_1"));
        Assert.Equal([Detail.DisputeOpened, Detail.DisputeClosed], (await EventsAsync())[item.Id.Value].Select(e => e.DetailCase));
        Assert.Equal(4, (await ExceptionsAsync()).Count(exception => exception is { Kind: "unexplained_notice", State: "open" }));
    }

    [Fact]
    public async Task Returns_BeforeAndAfterTheSettlement_AreToldOnceAndNoException()
    {
        var (early, missing, late) = (_report.Submit(1_000), _report.Submit(2_000), _report.Submit(3_000));
        _report.Line(late, 3_000);
        await _host.ApplyAsync(_report.Events);
        await TellAsync(1, "debit_returned", Returned(early, "R03"));
        await UntilAsync(async () => await AppliedAsync() == 1, "the return");

        // The report rejects what was returned, which is as it should be, and knows nothing of the other, whose return is late.
        var known = _report.Events.Length;
        _report.Line(early, 1_000, isSettled: false);
        _report.Line(missing, 2_000, isSettled: false);
        _report.Complete();
        await _host.ApplyAsync(_report.Events[known..]);
        Assert.Equal([("rejected", "open", missing.Id.ToString())], (await ExceptionsAsync()).Select(exception => (exception.Kind, exception.State, exception.ItemId)));

        await TellAsync(2, "debit_returned", Returned(missing, "R02"));
        await TellAsync(3, "debit_returned", Returned(late, "R01", debit: "nbd_1"));
        await TellAsync(4, "debit_returned", Returned(late, "R01", debit: "nbd_1"));   // again
        await TellAsync(5, "debit_returned", Returned(late, "R01", debit: null));      // contradicts
        await UntilAsync(async () => (long)(await _host.SqlAsync("SELECT count(*) FROM notices WHERE state <> 'waiting'"))! == 5, "the rest");

        Assert.Equal("applied,applied,applied,applied,refused", await _host.SqlAsync("SELECT string_agg(state, ',' ORDER BY sequence) FROM notices"));
        Assert.Equal(
            (("returned", 0L), ("returned", 0L), ("matched", 3_000L)), (await _host.RecordAsync(early), await _host.RecordAsync(missing), await _host.RecordAsync(late)));
        Assert.Equal("returned by the payer's bank (R02)", await _host.SqlAsync("SELECT resolution FROM exceptions WHERE kind = 'rejected' AND state = 'resolved'"));
        var told = await EventsAsync();
        Assert.Equal([Detail.DebitReturned], told[early.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ExceptionOpened, Detail.DebitReturned, Detail.ExceptionResolved], told[missing.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ItemSettled, Detail.DebitReturned], told[late.Id.Value].Select(e => e.DetailCase));
        var (unpaid, paid) = (told[early.Id.Value][0].DebitReturned, told[late.Id.Value][1].DebitReturned);
        Assert.Equal((early.Payment.ToString(), 1_000L, "R03", "nbb_R03", ""), (unpaid.PaymentId, unpaid.Amount, unpaid.Reason, unpaid.ExternalId, unpaid.DebitReference));
        Assert.Equal((late.Payment.ToString(), 3_000L, "R01", "nbd_1"), (paid.PaymentId, paid.Amount, paid.Reason, paid.DebitReference));
    }

    [Fact]
    public async Task Acquirer_Away_IsAskedOnUntilItIsBack()
    {
        var item = await SettledAsync(1_000);
        await _sandbox.MisbehaveAsync(Northbank, lostReplyRate: 1);
        await _sandbox.DisputeAsync(Northbank, item.ExternalId);
        await Task.Delay(500);
        Assert.Equal(0, await DisputesAsync());
        await _sandbox.CalmAsync();
        await UntilAsync(async () => await DisputesAsync() == 1, "the dispute");
    }

    [Fact]
    public async Task Notices_TakenByTwoAtOnce_AreAppliedOnce()
    {
        var item = _report.Submit(1_000);
        await _host.ApplyAsync(_report.Events);
        foreach (var number in Enumerable.Range(1, 20))
        {
            await TellAsync(number, "dispute_opened", Opened(item, 1_000).Replace("nbx_1", $"nbx_{number}", StringComparison.Ordinal));
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _host.Service<NoticeDesk>().TakeAsync(Northbank, CancellationToken.None)));
        await UntilAsync(async () => await AppliedAsync() == 20, "the disputes");
        Assert.Equal(20, await DisputesAsync());
        Assert.Equal(Enumerable.Repeat(Detail.DisputeOpened, 20), (await EventsAsync())[item.Id.Value].Select(e => e.DetailCase));
    }

    private static string Opened(Submitted item, long amount) =>
        $$"""{"dispute":"nbx_1","capture":"{{item.ExternalId}}","amount":{{amount}},"currency":"USD","reason":"general","respond_by":"2026-12-21T09:30:00Z","debit_reference":"d"}""";

    private static string Closed(Submitted item, string outcome) => $$"""{"dispute":"nbx_1","capture":"{{item.ExternalId}}","amount":1000,"currency":"USD","outcome":"{{outcome}}"}""";

    private static string Returned(Submitted item, string reason, string? debit = null) =>
        $$"""{"return":"nbb_{{reason}}","capture":"{{item.ExternalId}}","amount":{{item.Amount}},"currency":"USD","reason":"{{reason}}","debit_reference":{{(debit is null ? "null" : $"\"{debit}\"")}}}""";

    /// <summary>A capture that the acquirer and we have settled.</summary>
    private async Task<Submitted> SettledAsync(long amount)
    {
        var known = _report.Events.Length;
        var capture = await _sandbox.PayAsync(Northbank, amount);
        await _sandbox.SettleAsync(Northbank, capture, amount);
        var item = _report.Submit(amount, externalId: capture);
        _report.Line(item, amount);
        await _host.ApplyAsync(_report.Events[known..]);
        return item;
    }

    /// <summary>A notice as if the acquirer had told it: what the Sandbox would never say.</summary>
    private Task TellAsync(long sequence, string type, string data) => _host.SqlAsync(
        "INSERT INTO notices (acquirer, sequence, type, occurred_at, data, received_at, try_at) VALUES ('northbank', $1, $2, now(), $3::jsonb, now(), now())", sequence, type, data);

    private async Task<long> AppliedAsync() => (long)(await _host.SqlAsync("SELECT count(*) FROM notices WHERE state = 'applied'"))!;

    private async Task<long> DisputesAsync() => (long)(await _host.SqlAsync("SELECT count(*) FROM disputes"))!;

    private async Task<string?> DisputeAsync(string externalId) =>
        (string?)await _host.SqlAsync("SELECT concat_ws('/', state, amount, fee) FROM disputes WHERE external_id = $1", externalId);

    private async Task<string?> BooksAsync() => (string?)await _host.SqlAsync(
        """
        SELECT concat_ws(E'\n', (SELECT string_agg(d::text, E'\n' ORDER BY d.id) FROM disputes d), (SELECT string_agg(r::text, E'\n' ORDER BY r.item_id) FROM records r),
            (SELECT string_agg(concat_ws('/', o.aggregate, o.sequence, o.type, o.payload), E'\n' ORDER BY o.aggregate, o.sequence) FROM outbox o))
        """);

    private async Task<Dictionary<Guid, List<ReconciliationEvent>>> EventsAsync()
    {
        var told = (string)(await _host.SqlAsync(
            "SELECT string_agg(concat_ws(' ', aggregate, sequence, encode(payload, 'hex')), ',' ORDER BY aggregate, sequence) FROM outbox WHERE topic = 'reconciliation.events'"))!;
        var events = told.Split(',').Select(line => line.Split(' ')).GroupBy(line => Guid.Parse(line[0])).ToDictionary(group => group.Key, group => group.ToList());
        Assert.All(events.Values, lines => Assert.Equal(Enumerable.Range(1, lines.Count).Select(number => $"{number}"), lines.Select(line => line[1])));   // no gap in any order
        return events.ToDictionary(each => each.Key, each => each.Value.ConvertAll(line => ReconciliationEvent.Parser.ParseFrom(Convert.FromHexString(line[2]))));
    }

    private async Task<List<ReconciliationException>> ExceptionsAsync()
    {
        using var call = _host.Grpc.ListExceptions(new ListExceptionsRequest());
        var all = new List<ReconciliationException>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            all.Add(call.ResponseStream.Current);
        }

        return all;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{what} did not come.");
            await Task.Delay(20);
        }
    }
}
