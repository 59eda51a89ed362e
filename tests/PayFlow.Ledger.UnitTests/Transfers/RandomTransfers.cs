using FsCheck;
using FsCheck.Fluent;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using static PayFlow.Ledger.UnitTests.Transfers.Sample;

namespace PayFlow.Ledger.UnitTests.Transfers;

/// <summary>Random batches that meet each other: few accounts, few ids, small amounts, many ends and chains.</summary>
internal static class RandomTransfers
{
    private static readonly AccountName[] Usual = [Receivable, Pending, Available, OtherAvailable, Revenue, Capped, Trusted];
    private static readonly AccountName[] Others = [Available with { Currency = Currency.Eur }, Receivable with { Currency = Currency.Eur }, Available with { Mode = Mode.Live }, Frozen, Closed];

    /// <summary>Requests and facts mixed.</summary>
    public static Arbitrary<NewTransfer[]> Any { get; } = Arbitrary(Gen.Elements(true, false));

    /// <summary>Requests, all of which can be refused, after one fact that brings money in.</summary>
    public static Arbitrary<NewTransfer[]> Requests { get; } = Arbitrary(Gen.Constant(false));

    private static Arbitrary<NewTransfer[]> Arbitrary(Gen<bool> isFact)
    {
        var kinds = Gen.Elements(TransferKind.Posted, TransferKind.Pending, TransferKind.Pending, TransferKind.PostPending, TransferKind.PostPending, TransferKind.VoidPending);
        var names = Gen.Frequency((9, Gen.Elements(Usual)), (1, Gen.Elements(Others)));
        var transfers =
            from kind in kinds
            from id in Gen.Choose(1, 40)
            from pending in Gen.Choose(1, 40)
            from accounts in names.Two()
            from amount in Gen.Choose(-1, 40)
            from linked in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
            from fact in isFact
            from expiry in Gen.Frequency((4, Gen.Constant<DateTimeOffset?>(null)), (1, Gen.Elements<DateTimeOffset?>(Now, Now.AddHours(1))))
            select new NewTransfer
            {
                Id = Tr(id),
                Kind = kind,
                PendingId = kind.EndsPending() ? Tr(pending) : null,
                Debit = kind.EndsPending() ? default : accounts.Item1,
                Credit = kind.EndsPending() ? default : accounts.Item2,
                Amount = amount,
                Type = "transfer",
                ExpiresAt = kind == TransferKind.Pending ? expiry : null,
                Linked = linked,
                IsFact = fact,
            };
        var funds = new[] { Post(1_001, Receivable, Available, 60), Post(1_002, Receivable, OtherAvailable, 40) };
        var batches =
            from list in transfers.ListOf().Resize(60)
            from again in Gen.Choose(0, Math.Max(0, list.Count - 1)).ListOf().Resize(10)
            select (NewTransfer[])[.. funds, .. list, .. again.Where(index => index < list.Count).Select(index => list[index])];
        return Arb.From(batches, Shorter);
    }

    /// <summary>A failing batch is shown with every transfer that can be left out left out.</summary>
    private static IEnumerable<NewTransfer[]> Shorter(NewTransfer[] transfers) =>
        transfers.Select((_, left) => transfers.Where((_, index) => index != left).ToArray());
}
