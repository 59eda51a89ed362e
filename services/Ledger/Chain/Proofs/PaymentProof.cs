using System.ComponentModel;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Chain.Proofs;

/// <summary>What proves, to whoever has our public key and nothing else of ours, that the transfers of a payment stand in the books.</summary>
/// <param name="Object">Always <c>payment_proof</c>.</param>
/// <param name="Payment">The payment.</param>
/// <param name="Transfers">Every transfer of the payment, in the order in which they were written.</param>
/// <param name="Chains">From the blocks of the transfers to signed heads.</param>
public sealed record PaymentProof(string Object, Id Payment, IReadOnlyList<ProvenTransfer> Transfers, IReadOnlyList<ProvenChain> Chains);

/// <summary>A transfer and its place.</summary>
public sealed record ProvenTransfer(
    ProvenFields Fields,
    [property: Description("Whose chain it is in. Where a merchant was moved, its earlier transfers are in another.")] int Shard,
    [property: Description("The number of the block that it is in.")] long Block,
    [property: Description("Its place in the block, from 0.")] int Position,
    [property: Description("The Merkle path (RFC 6962) from its leaf to the block's root: hashes in hexadecimal.")] IReadOnlyList<string> Path);

/// <summary>Everything that the leaf of a transfer is computed of. Times have six decimals.</summary>
public sealed record ProvenFields(
    Id Id, TransferKind Kind, Id? PendingId, Mode Mode, Currency Currency, string Debit, string Credit,
    [property: Description("Minor units.")] long Amount, string Type, Id? Payment, Id? Merchant, string? ExternalReference, string? ExpiresAt,
    ProvenBalance DebitedAfter, ProvenBalance CreditedAfter,
    [property: Description("The month that it is booked in, yyyymm.")] int Period, string EffectiveAt, string CreatedAt);

/// <summary>What a transfer left an account with. Of accounts that aren't the merchant's only the hash is told.</summary>
/// <param name="Hash">Hexadecimal.</param>
/// <param name="Entry">The number of the entry in the account, from 1.</param>
/// <param name="Balance">Posted debits less credits after it, minor units.</param>
/// <param name="Previous">The transfer of the entry before.</param>
public sealed record ProvenBalance(string Hash, long? Entry, long? Balance, Id? Previous);

/// <summary>Blocks without a gap, the last of which was signed.</summary>
public sealed record ProvenChain(IReadOnlyList<ProvenBlock> Blocks, HeadLine Head);

/// <summary>What the hash of a block is computed of. Hashes are hexadecimal.</summary>
public sealed record ProvenBlock(long Number, string PreviousHash, string Root, int Transfers, string CreatedAt);
