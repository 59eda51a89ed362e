using System.Globalization;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>What the verification found wrong. The numbers are those of the contract.</summary>
public enum FindingKind
{
    /// <summary>A transfer isn't what was written.</summary>
    RowChanged = 1,

    /// <summary>A transfer that was written is gone.</summary>
    RowMissing = 2,

    /// <summary>A transfer is there that its block doesn't know.</summary>
    RowAdded = 3,

    /// <summary>A block isn't what was written.</summary>
    BlockChanged = 4,

    /// <summary>A block is gone from the middle of the chain.</summary>
    BlockMissing = 5,

    /// <summary>The chain ends before something that was signed, or before the end that the database itself has noted.</summary>
    TailCut = 6,

    /// <summary>The chain is consistent in itself, but isn't the one that was signed.</summary>
    ChainRewritten = 7,

    /// <summary>What stands among the signed heads wasn't signed by a key of ours.</summary>
    HeadNotSigned = 8,

    /// <summary>An account isn't what its transfers left it with.</summary>
    AccountDiffers = 9,

    /// <summary>What is noted of the end of a pending transfer isn't what ended it: it could end twice, or never.</summary>
    EndDiffers = 10,
}

/// <summary>Something that is wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="Block">Where; 0 when it is in no block.</param>
/// <param name="Transfer">Which transfer, as the API or (if it is none of ours) as Postgres spells its id; null when it can't be told.</param>
/// <param name="Field">What of it was changed, as far as that can be told; null when it can't.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record Finding(FindingKind Kind, long Block, string? Transfer, string? Field, string Detail)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}: {Detail}");
}
