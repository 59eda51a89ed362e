using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.Chain.Proofs;
using PayFlow.Ledger.Chain.Verification;
using PayFlow.ServiceDefaults.Json;
using PayFlow.ServiceDefaults.Problems;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>The chain over gRPC; translates only.</summary>
internal sealed class LedgerChainService(VerifyChain verify, GetPaymentProof proofs) : Contract.LedgerChain.LedgerChainBase
{
    public override async Task VerifyChain(Contract.VerifyChainRequest request, IServerStreamWriter<Contract.VerifyChainProgress> responseStream, ServerCallContext context)
    {
        await foreach (var progress in verify.HandleAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(Write(progress), context.CancellationToken);
        }
    }

    public override async Task<Contract.PaymentProof> GetProof(Contract.GetProofRequest request, ServerCallContext context)
    {
        var errors = new List<FieldError>();
        var payment = ReadId(request.PaymentId, IdPrefix.Payment, "payment_id", errors);
        var merchant = ReadId(request.MerchantId, IdPrefix.Merchant, "merchant_id", errors);
        if (!ContractMode.TryRead(request.Mode, out var mode))
        {
            errors.Add(new FieldError("mode", "required", "Must be TEST or LIVE."));
        }

        var result = errors.Count > 0 ? Refusal.Invalid(errors) : await proofs.HandleAsync(payment, merchant, mode, context.CancellationToken);
        return result.TryGet(out var proof, out var refusal)
            ? new Contract.PaymentProof { Json = JsonSerializer.Serialize(proof, ApiJson.Options) }
            : throw new RefusedException(refusal);
    }

    private static Id ReadId(string text, string prefix, string at, List<FieldError> errors)
    {
        if (!Id.TryParse(prefix, text, out var id))
        {
            errors.Add(new FieldError(at, text.Length == 0 ? "required" : "malformed", $"Must be an id that begins with '{prefix}_'."));
        }

        return id;
    }

    private static Contract.VerifyChainProgress Write(VerifiedShard progress) => new()
    {
        Shard = progress.Shard,
        Blocks = progress.Blocks,
        OfBlocks = progress.OfBlocks,
        Transfers = progress.Transfers,
        Archived = progress.Archived,
        Accounts = progress.Accounts,
        SignedHeads = progress.Heads,
        LastSignedBlock = progress.LastHead?.Head.Block ?? 0,
        LastSignedAt = progress.LastHead is { } last ? Timestamp.FromDateTimeOffset(last.Head.SignedAt) : null,
        Done = progress.IsDone,
        Findings = { progress.Findings.Select(Write) },
    };

    private static Contract.ChainFinding Write(Finding finding) => new()
    {
        Kind = (Contract.ChainFindingKind)finding.Kind,
        Block = finding.Block,
        TransferId = finding.Transfer ?? "",
        Field = finding.Field ?? "",
        Detail = finding.Detail,
    };
}
