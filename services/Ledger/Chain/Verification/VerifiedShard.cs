namespace PayFlow.Ledger.Chain.Verification;

/// <summary>How far the verification of a shard is, and what it has found so far.</summary>
/// <param name="Shard">Which.</param>
/// <param name="Blocks">Blocks that were looked at.</param>
/// <param name="OfBlocks">Blocks that there are.</param>
/// <param name="Transfers">Transfers that were looked at.</param>
/// <param name="Archived">Transfers of these blocks that are not here; they are to be compared with their archives.</param>
/// <param name="Accounts">Accounts that they touch.</param>
/// <param name="Heads">Signed heads that are as they were signed.</param>
/// <param name="LastHead">The last of them; what came after it is proven by nobody's signature yet.</param>
/// <param name="IsDone">Whether this is the shard's result.</param>
/// <param name="Findings">What is wrong, in the order in which it was found: the first is the place to look at.</param>
public sealed record VerifiedShard(
    int Shard, long Blocks, long OfBlocks, long Transfers, long Archived, long Accounts, long Heads, SignedHead? LastHead, bool IsDone, IReadOnlyList<Finding> Findings);
