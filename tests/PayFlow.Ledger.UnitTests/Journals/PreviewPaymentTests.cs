using PayFlow.Contracts.Events.V1;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

public sealed class PreviewPaymentTests
{
    private readonly MemoryLedger _ledger = new();

    public static TheoryData<PaymentEvent[], PaymentEvent[]> Ways() => new()
    {
        { [], [Authorized(100)] },
        { [], [Authorized(100), Captured("c", 100, 0, isFinal: true)] },
        { [Authorized(100)], [Captured("c", 30, 70, isFinal: false)] },
        { [Authorized(100)], [Captured("c", 30, 0, isFinal: true)] },
        { [Authorized(100)], [Voided("v")] },
        { [Authorized(100), Captured("c", 100, 0, isFinal: true)], [RefundRequested("r", 40), Refunded("r", 40)] },
        { [Authorized(100), Captured("c", 100, 0, isFinal: true)], [Refunded("r", 100, voids: "c")] },
        { [Authorized(100), Captured("c", 30, 70, isFinal: false)], [Captured("d", 70, 0, isFinal: true)] },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Lines_OfWhatWouldHappen_AreWhatIsPostedWhenItHappens(PaymentEvent[] before, PaymentEvent[] then)
    {
        if (before.Length > 0)
        {
            _ledger.Apply(before);
        }

        var known = _ledger.Books.Transfers.Keys.ToHashSet();
        var previewed = PreviewPayment.Lines(then, _ledger.Books);
        _ledger.Apply(then);
        var posted = _ledger.Books.Transfers.Values.Where(transfer => !known.Contains(transfer.Id));
        Assert.Equal(
            posted.Select(transfer => $"{transfer.Type} {transfer.Kind} {transfer.Debit} {transfer.Credit} {transfer.Amount}").Order(),
            previewed.Select(line => $"{line.Type} {line.Kind} {line.Debit} {line.Credit} {line.Amount}").Order());
        Assert.NotEmpty(previewed);
    }
}
