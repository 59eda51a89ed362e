using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>A row of <c>transfers</c> as it is, whether or not it makes sense.</summary>
internal sealed record StoredTransfer
{
    public required Guid Id { get; init; }

    public required short Kind { get; init; }

    public required Guid? PendingId { get; init; }

    public required long DebitAccount { get; init; }

    public required long CreditAccount { get; init; }

    public required long Amount { get; init; }

    public required string Type { get; init; }

    public required Guid? PaymentId { get; init; }

    public required Guid? MerchantId { get; init; }

    public required string? ExternalReference { get; init; }

    public required DateTimeOffset? ExpiresAt { get; init; }

    public required long DebitVersion { get; init; }

    public required long CreditVersion { get; init; }

    public required long DebitBalance { get; init; }

    public required long CreditBalance { get; init; }

    public required Guid? DebitPrevious { get; init; }

    public required Guid? CreditPrevious { get; init; }

    public required DateTimeOffset EffectiveAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required int Period { get; init; }

    public required long Block { get; init; }

    public required int Position { get; init; }

    /// <summary>What it moves from the credited to the debited account for good.</summary>
    public long Posted => (TransferKind)Kind is TransferKind.Posted or TransferKind.PostPending ? Amount : 0;

    /// <summary>The id as the API spells it; as Postgres does when it is none of ours.</summary>
    public string Name => NameOf(Id);

    /// <summary>The transfer that was hashed, if nobody has touched the row since.</summary>
    /// <exception cref="FormatException">An id is none of ours, so somebody has.</exception>
    public Transfer ToTransfer(AccountName debit, AccountName credit) => new()
    {
        Id = Kernel.Id.From(IdPrefix.Transfer, Id),
        Kind = (TransferKind)Kind,
        PendingId = ReadId(IdPrefix.Transfer, PendingId),
        Debit = debit,
        Credit = credit,
        Amount = Amount,
        Type = Type,
        PaymentId = ReadId(IdPrefix.Payment, PaymentId),
        MerchantId = ReadId(IdPrefix.Merchant, MerchantId),
        ExternalReference = ExternalReference,
        ExpiresAt = ExpiresAt,
        DebitVersion = DebitVersion,
        CreditVersion = CreditVersion,
        DebitBalance = DebitBalance,
        CreditBalance = CreditBalance,
        DebitPrevious = ReadId(IdPrefix.Transfer, DebitPrevious),
        CreditPrevious = ReadId(IdPrefix.Transfer, CreditPrevious),
        EffectiveAt = EffectiveAt,
        CreatedAt = CreatedAt,
        Period = Period,
    };

    public static string NameOf(Guid id)
    {
        try
        {
            return Kernel.Id.From(IdPrefix.Transfer, id).ToString();
        }
        catch (FormatException)
        {
            return id.ToString();
        }
    }

    private static Id? ReadId(string prefix, Guid? value) => value is { } given ? Kernel.Id.From(prefix, given) : null;
}
