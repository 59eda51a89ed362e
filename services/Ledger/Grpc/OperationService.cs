using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.Continuity;
using PayFlow.Ledger.Periods;
using PayFlow.ServiceDefaults.Problems;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>Translates between the contract for operators and the use cases; decides nothing.</summary>
internal sealed class OperationService(ReadContinuity continuity, GetPeriod periods, ClosePeriod close) : Contract.LedgerOperation.LedgerOperationBase
{
    public override async Task<Contract.Continuity> GetContinuity(Contract.GetContinuityRequest request, ServerCallContext context)
    {
        var agreement = await continuity.HandleAsync(context.CancellationToken);
        return new Contract.Continuity
        {
            AgreedUntil = agreement.AgreedUntil?.ToTimestamp(),
            Shards = { agreement.Shards.Select(shard => Write(shard, agreement.Patience)) },
        };
    }

    public override async Task<Contract.Period> ClosePeriod(Contract.ClosePeriodRequest request, ServerCallContext context)
    {
        var closed = await close.HandleAsync(Read(request.Period), context.CancellationToken);
        return Write(closed.TryGet(out var totals, out var refusal) ? totals : throw new RefusedException(refusal));
    }

    public override async Task<Contract.Period> GetPeriod(Contract.GetPeriodRequest request, ServerCallContext context) =>
        Write(await periods.HandleAsync(Read(request.Period), context.CancellationToken));

    public override async Task ListAccountTotals(Contract.ListAccountTotalsRequest request, IServerStreamWriter<Contract.AccountTotals> responseStream, ServerCallContext context)
    {
        await foreach (var totals in periods.AccountsAsync(Read(request.Period), context.CancellationToken))
        {
            await responseStream.WriteAsync(
                new Contract.AccountTotals
                {
                    Account = AccountNames.Write(totals.Account), Opening = totals.Opening, Debits = totals.Debits, Credits = totals.Credits, Closing = totals.Closing,
                },
                context.CancellationToken);
        }
    }

    private static Period Read(int period) => Period.TryCreate(period, out var read)
        ? read
        : throw new RefusedException(Refusal.Invalid([new FieldError("period", "malformed", "Must be a month as yyyymm, like 202611.")]));

    private static Contract.Period Write(PeriodTotals totals) => new()
    {
        Period_ = totals.Period.Number,
        ClosedAt = totals.ClosedAt?.ToTimestamp(),
        Lines =
        {
            totals.Lines.Select(line => new Contract.PeriodLine
            {
                Mode = ContractMode.Write(line.Mode), Currency = line.Currency.Code, Debits = line.Debits, Credits = line.Credits, Accounts = line.Accounts,
            }),
        },
    };

    private static Contract.ShardContinuity Write(ShardAgreement shard, TimeSpan patience) => new()
    {
        Shard = shard.Shard,
        AgreedUntil = shard.AgreedUntil.ToTimestamp(),
        CheckedAt = shard.CheckedAt.ToTimestamp(),
        Difference = shard.Difference is { } different
            ? new Contract.ContinuityDifference
            {
                PaymentId = different.What.Payment?.ToString() ?? "",
                MerchantId = different.What.Merchant.ToString(),
                Mode = ContractMode.Write(different.What.Mode),
                Currency = different.What.Currency.Code,
                Kind = different.What.Kind,
                Payments = different.Payments,
                Ledger = different.Ledger,
                At = different.At.ToTimestamp(),
                Since = shard.DiffersSince?.ToTimestamp(),
                Counts = shard.IsBroken(patience),
            }
            : null,
    };
}
