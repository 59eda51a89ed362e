using System.Text.Json;

namespace PayFlow.CheckProof;

/// <summary>The document, as far as it is checked. Names are those of the API in snake_case; times are RFC 3339 with six decimals, hashes hexadecimal.</summary>
internal sealed record Proof(string Payment, IReadOnlyList<ProvenTransfer> Transfers, IReadOnlyList<Chain> Chains)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public static Proof Read(string text) => JsonSerializer.Deserialize<Proof>(text, Json) ?? throw new JsonException("It is null.");
}

internal sealed record ProvenTransfer(Fields Fields, int Shard, long Block, int Position, IReadOnlyList<string> Path);

internal sealed record Fields(
    string Id, string Kind, string? PendingId, string Mode, string Currency, string Debit, string Credit, long Amount, string Type, string? Payment, string? Merchant,
    string? ExternalReference, string? ExpiresAt, After DebitedAfter, After CreditedAfter, int Period, string EffectiveAt, string CreatedAt);

internal sealed record After(string Hash, long? Entry, long? Balance, string? Previous);

internal sealed record Chain(IReadOnlyList<Block> Blocks, Head Head);

internal sealed record Block(long Number, string PreviousHash, string Root, int Transfers, string CreatedAt);

internal sealed record Head(int Shard, long Block, string BlockHash, long Transfers, string SignedAt, string KeyId, string Signature);
