using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Demo.UnitTests.Books;

/// <summary>The payment as before, disputed in three parts of which one is open, one won and one lost; then each book lies about that once.</summary>
public sealed partial class AgreementTests
{
    [Fact]
    public void Of_Disputed_Holds()
    {
        Dispute();
        Assert.Empty(Compare().Differences);
    }

    [Fact]
    public void Of_DisputeThatOnlyTheAcquirerKnows_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Captures = [_acquirer[0].Captures[0] with { Debited = 100 }] };
        AssertFound("northbank took 100 for disputes of op_c and gave 0 back; here 0 and 0");
    }

    [Fact]
    public void Of_CreditThatOnlyTheAcquirerKnows_IsFound()
    {
        Dispute();
        _acquirer[0] = _acquirer[0] with { Captures = [_acquirer[0].Captures[0] with { Credited = 300 }] };
        AssertFound("took 700 for disputes of op_c and gave 300 back; here 700 and 200");
    }

    [Theory]
    [InlineData("chargeback_hold", "moved 0 of the merchant's money as chargeback_hold; the payment's disputes say 700")]
    [InlineData("chargeback_won", "moved 0 of the merchant's money as chargeback_won; the payment's disputes say 200")]
    [InlineData("chargeback_lost", "moved 0 of the merchant's money as chargeback_lost; the payment's disputes say 400")]
    public void Of_JournalOfADisputeLost_IsFound(string type, string difference)
    {
        Dispute();
        _transfers.RemoveAll(transfer => transfer.Type == type);
        AssertFound(difference);
    }

    [Fact]
    public void Of_JournalOfADisputeDoubled_IsFound()
    {
        Dispute();
        _transfers.Add(_transfers.First(transfer => transfer.Type == "chargeback_lost"));
        AssertFound("moved 800 of the merchant's money as chargeback_lost");
    }

    [Fact]
    public void Of_DebitForADisputeLost_IsFound()
    {
        Dispute();
        _transfers.RemoveAll(transfer => transfer is { Type: "deposit", Amount: 100 });
        AssertFound("acquirer_receivable/northbank USD holds 0; captured less refunded, disputed, returned and deposited is -100");
    }

    [Theory]
    [InlineData("merchant/mer_1/reserve")]
    [InlineData("chargeback_clearing/northbank")]
    public void Of_HeldForNoDispute_IsFound(string path)
    {
        Dispute();
        _held.Single(account => account.Name.Path == path).LedgerBalance++;
        AssertFound($"{path} USD holds 101; open disputes come to 100");
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void Of_AmountsThatNoDisputeExplains_AreFound(long disputed, long chargedBack)
    {
        Dispute();
        (_payment.Disputed, _payment.ChargedBack) = (_payment.Disputed + disputed, _payment.ChargedBack + chargedBack);
        AssertFound($"has {100 + disputed} disputed and {400 + chargedBack} charged back; its disputes come to 100 and 400");
    }

    private void Dispute()
    {
        (_payment.Status, _payment.Disputed, _payment.ChargedBack) = ("disputed", 100, 400);
        foreach (var (state, amount) in new[] { ("open", 100), ("won", 200), ("lost", 400) })
        {
            _payment.Disputes.Add(new Dispute { DisputeId = $"dsp_{state}", CaptureOperationId = "op_c", Amount = amount, State = state, ExternalId = $"nbx_{state}" });
            _transfers.AddRange(
            [
                Entry("chargeback_hold", TransferKind.Posted, "merchant/mer_1/available", "merchant/mer_1/reserve", amount),
                Entry("chargeback_hold", TransferKind.Posted, "chargeback_clearing/northbank", "acquirer_receivable/northbank", amount),
                Entry("deposit", TransferKind.Posted, "acquirer_receivable/northbank", "bank_cash/house", amount),
            ]);
        }

        _transfers.AddRange(
        [
            Entry("chargeback_won", TransferKind.Posted, "acquirer_receivable/northbank", "chargeback_clearing/northbank", 200),
            Entry("chargeback_won", TransferKind.Posted, "merchant/mer_1/reserve", "merchant/mer_1/available", 200),
            Entry("deposit", TransferKind.Posted, "bank_cash/house", "acquirer_receivable/northbank", 200),
            Entry("chargeback_lost", TransferKind.Posted, "merchant/mer_1/reserve", "chargeback_clearing/northbank", 400),
        ]);
        _acquirer[0] = _acquirer[0] with { Captures = [_acquirer[0].Captures[0] with { Debited = 700, Credited = 200 }] };
        _held.AddRange(
        [
            new Account { Name = Name("merchant/mer_1/reserve"), LedgerBalance = 100 },
            new Account { Name = Name("chargeback_clearing/northbank"), LedgerBalance = 100 },
        ]);
    }
}
