using System.Security.Cryptography;

namespace PayFlow.CheckProof;

/// <summary>The steps of a check: leaf, path, blocks, head, signature. Each is a few lines, so that it can be written again elsewhere (docs/ledger-proof.md).</summary>
internal static class Check
{
    private static readonly string[] Kinds = ["posted", "pending", "post_pending", "void_pending"];
    private static readonly string[] Modes = ["test", "live"];

    /// <summary>Whether a transfer is proven.</summary>
    /// <param name="head">The signed head that proves it.</param>
    /// <returns>Null when it is; else what is wrong.</returns>
    public static string? Transfer(Proof proof, ProvenTransfer transfer, ECDsa key, out Head? head)
    {
        head = null;
        try
        {
            if (transfer.Fields.Payment != proof.Payment)
            {
                return "it is of another payment";
            }

            if ((FaultOfBalance(transfer.Fields, 1, transfer.Fields.DebitedAfter) ?? FaultOfBalance(transfer.Fields, 2, transfer.Fields.CreditedAfter)) is { } wrongBalance)
            {
                return wrongBalance;
            }

            if (proof.Chains.FirstOrDefault(chain => chain.Head.Shard == transfer.Shard && chain.Blocks.Any(block => block.Number == transfer.Block)) is not { } chain)
            {
                return $"block {transfer.Block} of shard {transfer.Shard} is not in the proof";
            }

            var own = chain.Blocks.First(block => block.Number == transfer.Block);
            head = chain.Head;
            return LeadsTo(Leaf(transfer.Fields), transfer.Position, own.Transfers, transfer.Path, own.Root)
                ? FaultOfChain(chain) ?? FaultOfSignature(chain.Head, key)
                : $"what it says is not what stands at position {transfer.Position} of block {transfer.Block}";
        }
        catch (Exception failure) when (failure is FormatException or OverflowException)
        {
            return failure.Message;
        }
    }

    private static byte[] Leaf(Fields fields)
    {
        var bytes = new Bytes().Byte(0).Byte(1).Id(fields.Id).Byte(NumberOf(Kinds, fields.Kind));
        return bytes
            .Optional(fields.PendingId, bytes.Id).Byte(NumberOf(Modes, fields.Mode)).Text(fields.Currency).Text(fields.Debit).Text(fields.Credit).Int64(fields.Amount).Text(fields.Type)
            .Optional(fields.Payment, bytes.Id).Optional(fields.Merchant, bytes.Id).Optional(fields.ExternalReference, bytes.Text).Optional(fields.ExpiresAt, bytes.Time)
            .Hash(fields.DebitedAfter.Hash).Hash(fields.CreditedAfter.Hash).Int32(fields.Period).Time(fields.EffectiveAt).Time(fields.CreatedAt).Hashed();
    }

    /// <summary>What was left of an account is told only if it is the merchant's own; else its hash is taken as it is.</summary>
    private static string? FaultOfBalance(Fields fields, int side, After after)
    {
        if (after is not { Entry: { } entry, Balance: { } balance })
        {
            return null;
        }

        var bytes = new Bytes().Byte(3).Id(fields.Id).Byte(side).Int64(entry).Int64(balance);
        return bytes.Optional(after.Previous, bytes.Id).Hashed().AsSpan().SequenceEqual(Convert.FromHexString(after.Hash))
            ? null
            : $"what it left {(side == 1 ? fields.Debit : fields.Credit)} with is not what was hashed";
    }

    /// <summary>RFC 6962, section 2.1.1, from the leaf up: neighbours are hashed in pairs, and a last one without a neighbour moves up as it is.</summary>
    private static bool LeadsTo(byte[] hash, int index, int count, IReadOnlyList<string> path, string root)
    {
        if (index < 0 || index >= count)
        {
            return false;
        }

        var used = 0;
        for (; count > 1; count = (count + 1) / 2, index /= 2)
        {
            if ((index ^ 1) < count)
            {
                if (used == path.Count)
                {
                    return false;
                }

                var (own, neighbour) = (Convert.ToHexString(hash), path[used++]);
                hash = (index % 2 == 0 ? new Bytes().Byte(1).Hash(own).Hash(neighbour) : new Bytes().Byte(1).Hash(neighbour).Hash(own)).Hashed();
            }
        }

        return used == path.Count && hash.AsSpan().SequenceEqual(Convert.FromHexString(root));
    }

    private static string? FaultOfChain(Chain chain)
    {
        byte[]? previous = null;
        var number = 0L;
        foreach (var block in chain.Blocks)
        {
            if (previous is not null && (block.Number != number + 1 || !previous.AsSpan().SequenceEqual(Convert.FromHexString(block.PreviousHash))))
            {
                return $"block {block.Number} does not follow block {number}";
            }

            previous = new Bytes().Byte(2).Int64(block.Number).Hash(block.PreviousHash).Hash(block.Root).Int32(block.Transfers).Time(block.CreatedAt).Hashed();
            number = block.Number;
        }

        return number == chain.Head.Block && previous.AsSpan().SequenceEqual(Convert.FromHexString(chain.Head.BlockHash)) ? null : "its blocks do not lead to the signed head";
    }

    private static string? FaultOfSignature(Head head, ECDsa key)
    {
        var signed = new Bytes().Byte(4).Int32(head.Shard).Int64(head.Block).Hash(head.BlockHash).Int64(head.Transfers).Time(head.SignedAt).ToArray();
        return key.VerifyData(signed, Convert.FromBase64String(head.Signature), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ? null
            : $"the head of block {head.Block} was not signed by this key; it names key {head.KeyId}";
    }

    private static int NumberOf(string[] names, string name) => Array.IndexOf(names, name) is >= 0 and var index ? index + 1 : throw new FormatException($"'{name}' is none of {string.Join(", ", names)}.");
}
