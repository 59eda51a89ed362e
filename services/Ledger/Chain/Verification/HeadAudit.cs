namespace PayFlow.Ledger.Chain.Verification;

/// <summary>Compares signed heads with blocks. Reports only the first that differs: all after it do.</summary>
internal sealed class HeadAudit(HeadKeys keys, Action<Finding> report)
{
    private long _lastGood;
    private bool _hasDiffered;

    /// <summary>How many heads were good.</summary>
    public long Good { get; private set; }

    /// <summary>The head with the last block that was good.</summary>
    public SignedHead? Last { get; private set; }

    /// <summary>A head and the block it is of.</summary>
    /// <param name="signed">As the store has it.</param>
    /// <param name="block">Null when the chain ends before it.</param>
    /// <param name="transfers">Transfers of all blocks up to this one; null when they weren't counted.</param>
    public void Check(SignedHead signed, Block? block, long? transfers)
    {
        var head = signed.Head;
        if (!keys.IsSigned(signed))
        {
            report(new Finding(FindingKind.HeadNotSigned, head.Block, null, null, $"The head of block {head.Block} that is said to be signed {HeadLine.Write(head.SignedAt)} by {signed.KeyId} was not signed by a key of ours."));
        }
        else if (block is not null && block.Hash.AsSpan().SequenceEqual(head.BlockHash) && (transfers is null || transfers == head.Transfers))
        {
            (Good, _lastGood) = (Good + 1, Math.Max(_lastGood, head.Block));
            Last = Last is null || head.Block > Last.Head.Block ? signed : Last;
        }
        else if (!_hasDiffered)
        {
            _hasDiffered = true;
            report(Differs(head, block));
        }
    }

    private Finding Differs(Head head, Block? block) =>
        block is null
            ? new Finding(FindingKind.TailCut, head.Block, null, null, $"Block {head.Block} was signed {HeadLine.Write(head.SignedAt)} and isn't there: the tail of the chain was cut. {head.Transfers} transfers were in it and before it.")
            : new Finding(
                FindingKind.ChainRewritten, head.Block, null, null,
                $"Block {head.Block} isn't the one that was signed {HeadLine.Write(head.SignedAt)}: the chain was computed anew from some block between {_lastGood + 1} and {head.Block}. Up to block {_lastGood} it is the one that was signed.");
}
