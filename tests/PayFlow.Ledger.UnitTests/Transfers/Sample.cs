using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.UnitTests.Transfers;

/// <summary>Accounts, ids and transfers that tests are written with.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    public static readonly Id Root = Id.New(IdPrefix.Merchant, new Slot(7), Now);
    public static readonly Id Merchant = Root.Derive(IdPrefix.Merchant, "a");
    public static readonly Id OtherMerchant = Root.Derive(IdPrefix.Merchant, "b");
    public static readonly Id Payment = Root.Derive(IdPrefix.Payment, "a");
    public static readonly Id OtherPayment = Root.Derive(IdPrefix.Payment, "b");

    public static readonly AccountName Receivable = ChartOfAccounts.AcquirerReceivable("northbank", Mode.Test, Currency.Usd);
    public static readonly AccountName Pending = ChartOfAccounts.MerchantPending(Merchant, Mode.Test, Currency.Usd);
    public static readonly AccountName Available = ChartOfAccounts.MerchantAvailable(Merchant, Mode.Test, Currency.Usd);
    public static readonly AccountName OtherAvailable = ChartOfAccounts.MerchantAvailable(OtherMerchant, Mode.Test, Currency.Usd);
    public static readonly AccountName Revenue = ChartOfAccounts.ProcessingRevenue(Mode.Test, Currency.Usd);

    public static readonly AccountName Capped = new($"wallet/{Root}/capped", Mode.Test, Currency.Usd);
    public static readonly AccountName Trusted = new($"wallet/{Root}/trusted", Mode.Test, Currency.Usd);
    public static readonly AccountName Frozen = new($"wallet/{Root}/frozen", Mode.Test, Currency.Usd);
    public static readonly AccountName Closed = new($"wallet/{Root}/closed", Mode.Test, Currency.Usd);

    /// <summary>Accounts with limits of their own, and a transfer that was pending until <see cref="Now"/>: <c>Tr(40)</c>.</summary>
    public static readonly Books Limited = Expired(Books.Of(
        [
            Wallet(Capped) with { Ceiling = 50 }, Wallet(Trusted) with { Overdraft = 20 }, Wallet(Frozen) with { State = AccountState.Frozen },
            Wallet(Closed) with { State = AccountState.Closed },
        ],
        []));

    public static Id Tr(int number) => Root.Derive(IdPrefix.Transfer, $"{number}");

    public static NewTransfer Post(int id, AccountName debit, AccountName credit, long amount) =>
        new() { Id = Tr(id), Kind = TransferKind.Posted, Debit = debit, Credit = credit, Amount = amount, Type = "transfer" };

    public static NewTransfer Hold(int id, AccountName debit, AccountName credit, long amount) =>
        Post(id, debit, credit, amount) with { Kind = TransferKind.Pending };

    public static NewTransfer PostPending(int id, int pending, long amount = 0) =>
        new() { Id = Tr(id), Kind = TransferKind.PostPending, PendingId = Tr(pending), Amount = amount, Type = "transfer" };

    public static NewTransfer VoidPending(int id, int pending) =>
        new() { Id = Tr(id), Kind = TransferKind.VoidPending, PendingId = Tr(pending), Type = "transfer" };

    /// <summary>Books in which <see cref="Available"/> has this much.</summary>
    public static Books Funded(long amount) => Books.Empty.After(LedgerEngine.Apply(Books.Empty, [Post(1_000, Receivable, Available, amount)], Now));

    public static Outcome Apply(this Books books, params NewTransfer[] transfers) => LedgerEngine.Apply(books, transfers, Now);

    private static Account Wallet(AccountName name) => new(name, AccountKind.Liability, AccountRules.NotBelowZero);

    private static Books Expired(Books books) =>
        books.After(LedgerEngine.Apply(books, [Hold(40, Receivable, Available, 10) with { ExpiresAt = Now }], Now.AddMinutes(-1)));

    /// <summary>The account after a batch.</summary>
    public static Account In(this AccountName name, Outcome outcome) => outcome.Accounts[name];
}
