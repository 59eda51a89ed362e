using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Rpc;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Transfers;

public sealed class CreateTransfersTests(LedgerFixture fixture) : IClassFixture<LedgerFixture>
{
    private readonly Asking _asking = new(fixture.Host);

    [Fact]
    public async Task CreateTransfers_SeveralInOrder_AreAnsweredInOrder()
    {
        var unfunded = _asking.Posted(_asking.Available, _asking.Revenue, 1);
        var funding = _asking.Posted(_asking.Receivable, _asking.Available, 100);
        var spending = _asking.Posted(_asking.Available, _asking.Revenue, 60);
        var tooMuch = _asking.Posted(_asking.Available, _asking.Revenue, 41);

        var reasons = await _asking.AskAsync(unfunded, funding, spending, tooMuch);

        Assert.Equal(["exceeds_available", "created", "created", "exceeds_available"], reasons);
        Assert.Equal((40, 40), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task CreateTransfers_TwoPhases_HoldPostAndVoid()
    {
        var posted = _asking.Held(_asking.Available, _asking.Revenue, 30);
        var voided = _asking.Held(_asking.Available, _asking.Revenue, 50);
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100), posted, voided);
        Assert.Equal((100, 20), await _asking.BalanceAsync(_asking.Available));

        var ends = await _asking.AskAsync(_asking.End(posted.TransferId, 10), _asking.End(voided.TransferId, isVoid: true), _asking.End(voided.TransferId), _asking.End(_asking.NewId().ToString()));

        Assert.Equal(["created", "created", "pending_already_voided", "pending_not_found"], ends);
        Assert.Equal((90, 90), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task CreateTransfers_PendingAndItsEndInOneRequest_AreFine()
    {
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 30);

        Assert.Equal(["created", "created"], await _asking.AskAsync(hold, _asking.End(hold.TransferId)));
        Assert.Equal((30, 30), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task CreateTransfers_SameAgain_ExistsAndChangesNothing()
    {
        var transfer = _asking.Posted(_asking.Receivable, _asking.Available, 100);
        var hold = _asking.Held(_asking.Available, _asking.Revenue, 30);
        var end = _asking.End(hold.TransferId, 20);
        await _asking.AskAsync(transfer, hold, end);
        var changed = transfer.Clone();
        changed.Amount = 101;
        var otherAccounts = transfer.Clone();
        otherAccounts.Debit = Asking.Name("suspense");

        var reasons = await _asking.AskAsync(transfer, hold, end, changed, otherAccounts);

        Assert.Equal(["exists", "exists", "exists", "exists_with_different_amount", "exists_with_different_debit_account"], reasons);
        Assert.Equal((80, 80), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task CreateTransfers_Chain_IsAllOrNone()
    {
        var first = _asking.Posted(_asking.Receivable, _asking.Available, 10);
        first.Linked = true;
        var second = _asking.Posted(_asking.Available, _asking.Revenue, 11);

        Assert.Equal(["linked_chain_failed", "exceeds_available"], await _asking.AskAsync(first, second));

        // Nothing was opened for it either.
        var missing = await Assert.ThrowsAsync<RpcException>(() => _asking.BalanceAsync(_asking.Available));
        Assert.Equal(StatusCode.NotFound, missing.StatusCode);

        second.Amount = 10;
        Assert.Equal(["created", "created"], await _asking.AskAsync(first, second));
    }

    /// <summary>A request that is copied into the table, with everything that a transfer can say, and one transfer that was there before.</summary>
    [Fact]
    public async Task CreateTransfers_ManyOfEveryKind_AreKeptAsAskedAndExistTheSecondTime()
    {
        var before = _asking.Posted(_asking.Receivable, _asking.Available, 7);
        await _asking.AskAsync(before);
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 30);
        hold.PaymentId = Id.New(IdPrefix.Payment, _asking.Merchant.Slot, TimeProvider.System.GetUtcNow()).ToString();
        hold.ExternalReference = "r-1";
        hold.EffectiveAt = new Timestamp { Seconds = TimeProvider.System.GetUtcNow().AddDays(-1).ToUnixTimeSeconds() };
        Contract.NewTransfer[] request = [before, hold, _asking.End(hold.TransferId, 10), .. Enumerable.Range(1, 1_500).Select(amount => _asking.Posted(_asking.Receivable, _asking.Available, amount))];

        var (first, second) = (await _asking.AskAsync(request), await _asking.AskAsync(request));
        Assert.Equal(["exists", .. Enumerable.Repeat("created", request.Length - 1)], first);
        Assert.Equal(Enumerable.Repeat("exists", request.Length), second);

        var held = (await _asking.ListAsync(new() { PaymentId = hold.PaymentId }))[0];
        Assert.Equal((hold.TransferId, "r-1", hold.EffectiveAt, "posted"), (held.TransferId, held.ExternalReference, held.EffectiveAt, held.PendingState));
        Assert.Equal((_asking.Receivable, _asking.Available, 30), (held.Debit, held.Credit, held.Amount));
        Assert.Equal(7 + 10 + (1_500 * 1_501 / 2), (await _asking.BalanceAsync(_asking.Available)).Ledger);
    }

    [Fact]
    public async Task CreateTransfers_LargeRequest_CommitsByItself()
    {
        var transfers = Enumerable.Range(0, 2_000).Select(_ => _asking.Posted(_asking.Receivable, _asking.Available, 1)).ToArray();

        Assert.All(await _asking.AskAsync(transfers), reason => Assert.Equal("created", reason));
        Assert.All(await _asking.AskAsync(transfers), reason => Assert.Equal("exists", reason));
        Assert.Equal((2_000, 2_000), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task CreateTransfers_Malformed_NamesEveryFieldAndChangesNothing()
    {
        var wrong = _asking.Posted(_asking.Receivable, new() { Path = "suspense" }, 1);
        wrong.TransferId = "tr_x";
        wrong.Type = "gift";

        var refused = await Assert.ThrowsAsync<RpcException>(() => _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 1), wrong));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Equal(
            ["transfers[1].transfer_id", "transfers[1].credit.mode", "transfers[1].credit.currency", "transfers[1].type"],
            refused.Refusal()!.Errors.Select(error => error.Param));
        await Assert.ThrowsAsync<RpcException>(() => _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task CreateTransfers_AccountThatTheChartDoesNotKnow_IsRefused() =>
        Assert.Equal(["credit_account_unknown"], await _asking.AskAsync(_asking.Posted(_asking.Receivable, Asking.Name("petty_cash"), 1)));

    [Fact]
    public async Task CreateTransfers_IdOfTheFuture_IsRefused()
    {
        var transfer = _asking.Posted(_asking.Receivable, _asking.Available, 1);
        transfer.TransferId = Id.New(IdPrefix.Transfer, _asking.Merchant.Slot, TimeProvider.System.GetUtcNow().AddMinutes(6)).ToString();

        Assert.Equal(["id_too_far_ahead"], await _asking.AskAsync(transfer));
    }

    [Fact]
    public async Task ListTransfers_OfAccount_FollowsItsEntriesOverPages()
    {
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 9);
        await _asking.AskAsync(hold, _asking.Posted(_asking.Receivable, _asking.Available, 1), _asking.End(hold.TransferId, 5), _asking.Posted(_asking.Receivable, _asking.Available, 2));
        await _asking.AskAsync(_asking.Posted(_asking.Available, _asking.Revenue, 3), _asking.Held(_asking.Available, _asking.Revenue, 4), _asking.Posted(_asking.Receivable, _asking.Available, 7));

        var listed = await _asking.ListAsync(new() { Account = _asking.Available });

        Assert.Equal([9, 1, 5, 2, 3, 4, 7], listed.Select(transfer => transfer.Amount));
        Assert.Equal([0, -1, -6, -8, -5, -5, -12], listed.Select(transfer => transfer.Debit.Equals(_asking.Available) ? transfer.DebitRunningBalance : transfer.CreditRunningBalance));
        Assert.Equal(["posted", "", "", "", "", "pending", ""], listed.Select(transfer => transfer.PendingState));
        Assert.All(listed, transfer => Assert.Equal(_asking.Merchant.ToString(), transfer.MerchantId));
    }

    [Fact]
    public async Task ListTransfers_OfNothingInParticular_AreAllInTheOrderOfTheirIds()
    {
        await _asking.AskAsync([.. Enumerable.Range(1, 7).Select(amount => _asking.Posted(_asking.Receivable, _asking.Available, amount))]);

        var listed = await _asking.ListAsync(new());

        Assert.Equal(await fixture.Host.CountAsync("SELECT count(*) FROM transfers"), listed.Count);
        Assert.Equal(listed.Select(transfer => transfer.TransferId).Order(StringComparer.Ordinal), listed.Select(transfer => transfer.TransferId));
    }

    [Fact]
    public async Task ListTransfers_MalformedPayment_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => _asking.ListAsync(new() { PaymentId = "pay_1" }));

        Assert.Equal("payment_id", refused.Refusal()!.Param);
    }

    [Fact]
    public async Task GetAccount_NameThatIsNone_NamesEveryField()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Host.Client.GetAccountAsync(new()));

        Assert.Equal(["account.path", "account.mode", "account.currency"], refused.Refusal()!.Errors.Select(error => error.Param));
    }
}
