using System.ComponentModel;
using PayFlow.Kernel;
using PayFlow.Ledger.Chain.Proofs;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Ledger.Chain;

/// <summary>The public keys of heads.</summary>
/// <param name="Data">The present one first.</param>
public sealed record HeadKeyList(IReadOnlyList<HeadKeyView> Data);

/// <summary>A public key.</summary>
public sealed record HeadKeyView(
    [property: Description("The first 8 bytes of the SHA-256 of the key (DER), in hexadecimal.")] string Id,
    [property: Description("ECDSA on P-256 with SHA-256, signatures in DER.")] string Algorithm,
    [property: Description("The key as openssl takes it.")] string Pem);

/// <summary>What merchants see of the chain.</summary>
internal static class ChainEndpoints
{
    public static void MapChain(this WebApplication app)
    {
        app.MapGet("/v1/payments/{id}/proof", ProveAsync)
            .WithName("get_payment_proof").WithTags("Payments").WithSummary("Prove that a payment stands in the books")
            .WithDescription("For each transfer of the payment: what it says, the Merkle path to the root of its block, and the blocks from there to the next head that was signed. Who keeps the answer and our public key can "
                + "check it without us, now or in years. Until a head covers the last transfer, which is a minute at most, it is 409 (`not_signed_yet`) with Retry-After.")
            .Produces<PaymentProof>();
        app.MapGet("/v1/ledger/keys", (HeadKeys keys) => new HeadKeyList([.. keys.All.Select(key => new HeadKeyView(key.Id, "ecdsa-p256-sha256", key.Pem))]))
            .WithName("list_ledger_keys").WithTags("Ledger").WithSummary("The public keys that sign the ledger")
            .WithDescription("The present key first, then those that signed before. Get them once and keep them: a key that came with the proof proves nothing.")
            .Produces<HeadKeyList>();
    }

    private static async Task<IResult> ProveAsync(Caller caller, string id, GetPaymentProof proofs, CancellationToken ct)
    {
        if (!Id.TryParse(IdPrefix.Payment, id, out var payment))
        {
            return Problem.From(Refusal.NotFound("payment", id));
        }

        var result = await proofs.HandleAsync(payment, caller.MerchantId, caller.Mode, ct);
        return result.TryGet(out var proof, out var refusal) ? Results.Ok(proof) : Problem.From(refusal);
    }
}
