using Google.Protobuf.WellKnownTypes;
using PayFlow.Ledger.Grpc;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using Contract = PayFlow.Contracts.Ledger.V1;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Ledger.UnitTests.Grpc;

public sealed class TransferRequestsTests
{
    private static readonly Contract.AccountName Receivable = new() { Path = "acquirer_receivable/northbank", Mode = Modes.Test, Currency = "USD" };
    private static readonly Contract.AccountName Suspense = new() { Path = "suspense", Mode = Modes.Test, Currency = "USD" };

    [Fact]
    public void Read_Transfer_HasEverythingThatWasSaid()
    {
        var asked = Posted();
        asked.PaymentId = Sample.Payment.ToString();
        asked.MerchantId = Sample.Merchant.ToString();
        asked.EffectiveAt = Timestamp.FromDateTimeOffset(Sample.Now);
        asked.ExternalReference = "r";

        var read = Assert.Single(Read(asked));

        Assert.Equal(
            Sample.Post(1, Sample.Receivable, Sample.Receivable with { Path = "suspense" }, 5) with
            {
                PaymentId = Sample.Payment,
                MerchantId = Sample.Merchant,
                EffectiveAt = Sample.Now,
                ExternalReference = "r",
            },
            read);
    }

    [Fact]
    public void Read_End_NamesItsPendingAndNoAccounts()
    {
        var read = Assert.Single(Read(new Contract.NewTransfer
        {
            TransferId = Sample.Tr(2).ToString(), Kind = Contract.TransferKind.VoidPending, PendingId = Sample.Tr(1).ToString(), Type = "release",
        }));

        Assert.Equal(Sample.VoidPending(2, 1) with { Type = "release" }, read);
        Assert.False(read.IsFact);
    }

    [Fact]
    public void Read_EverythingWrong_IsSaidAtOnce()
    {
        var errors = Errors(
            new Contract.NewTransfer
            {
                TransferId = "tr_1", Kind = Contract.TransferKind.Unspecified, PendingId = Sample.Tr(1).ToString(), Debit = new() { Path = "", Currency = "usd" }, Type = "gift",
                PaymentId = "x", MerchantId = Sample.Payment.ToString(), EffectiveAt = new Timestamp { Seconds = long.MaxValue }, ExternalReference = new string('x', 256), Amount = -1,
            },
            new Contract.NewTransfer { Kind = Contract.TransferKind.VoidPending, Debit = Receivable, Credit = Suspense, Type = "release", Amount = 1, Linked = true });

        Assert.Equal(
            [
                "transfers[0].kind", "transfers[0].transfer_id", "transfers[0].pending_id", "transfers[0].debit.path", "transfers[0].debit.mode", "transfers[0].debit.currency",
                "transfers[0].credit", "transfers[0].type", "transfers[0].payment_id", "transfers[0].merchant_id", "transfers[0].effective_at", "transfers[0].external_reference",
                "transfers[1].transfer_id", "transfers[1].pending_id", "transfers[1].debit", "transfers[1].credit", "transfers[1].amount", "transfers[1].linked",
            ],
            errors);
    }

    [Fact]
    public void Read_NoneOrTooMany_IsRefused()
    {
        Assert.Equal(["transfers"], Errors());
        Assert.Equal(["transfers"], Errors(Posted(), Posted(), Posted(), Posted()));
    }

    private static Contract.NewTransfer Posted() => new()
    {
        TransferId = Sample.Tr(1).ToString(), Kind = Contract.TransferKind.Posted, Debit = Receivable, Credit = Suspense, Amount = 5, Type = "transfer",
    };

    private static IReadOnlyList<NewTransfer> Read(params Contract.NewTransfer[] transfers)
    {
        Assert.True(TransferRequests.Read(new() { Transfers = { transfers } }, max: 3).TryGet(out var read, out _));
        return read;
    }

    private static IEnumerable<string> Errors(params Contract.NewTransfer[] transfers)
    {
        Assert.False(TransferRequests.Read(new() { Transfers = { transfers } }, max: 3).TryGet(out _, out var refusal));
        return refusal.Errors.Select(error => error.Param);
    }
}
