using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.TrialBalances;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>Translates between the contract and the use cases; decides nothing.</summary>
internal sealed class LedgerService(
    CreateTransfers create, ListTransfers transfers, ListAccounts accounts, GetTrialBalance trialBalance, PreviewPayment preview, IOptions<LedgerOptions> options) : Contract.Ledger.LedgerBase
{
    public override async Task<Contract.CreateTransfersResponse> CreateTransfers(Contract.CreateTransfersRequest request, ServerCallContext context)
    {
        var asked = OrRefuse(TransferRequests.Read(request, options.Value.MaxTransfersPerRequest));
        try
        {
            var results = await create.HandleAsync(asked, context.CancellationToken);
            return new Contract.CreateTransfersResponse { Results = { asked.Zip(results, Write) } };
        }
        catch (Exception failure) when (failure is GroupCommitFullException or StaleSlotException or ObjectDisposedException)   // nothing was written
        {
            throw new RefusedException(new Refusal(RefusalKind.Unavailable, "unavailable", failure.Message) { RetryAfter = TimeSpan.FromSeconds(1) }, failure);
        }
    }

    public override async Task<Contract.Account> GetAccount(Contract.GetAccountRequest request, ServerCallContext context)
    {
        var name = OrRefuse(AccountNames.Read(request.Account));
        var account = await accounts.FindAsync(name, context.CancellationToken);
        return Write(account ?? throw new RefusedException(Refusal.NotFound("account", name.ToString())));
    }

    public override async Task ListAccounts(Contract.ListAccountsRequest request, IServerStreamWriter<Contract.Account> responseStream, ServerCallContext context)
    {
        foreach (var account in await accounts.HandleAsync(request.PathPrefix, context.CancellationToken))
        {
            await responseStream.WriteAsync(Write(account), context.CancellationToken);
        }
    }

    public override async Task ListTransfers(Contract.ListTransfersRequest request, IServerStreamWriter<Contract.Transfer> responseStream, ServerCallContext context)
    {
        if (await transfers.ArchivedBeforeAsync(context.CancellationToken) is { } month)
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "payflow-archived-before", month.ToString() } });
        }

        await foreach (var listed in Listed(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(Write(listed), context.CancellationToken);
        }
    }

    public override async Task<Contract.TrialBalance> GetTrialBalance(Contract.GetTrialBalanceRequest request, ServerCallContext context)
    {
        var trial = await trialBalance.HandleAsync(context.CancellationToken);
        if (!trial.Holds)
        {
            throw new RefusedException(new Refusal(RefusalKind.Conflict, "books_differ", $"The trial balance does not hold. {string.Join("; ", trial.Differences)}"));
        }

        return new Contract.TrialBalance { Lines = { trial.Lines.Select(Write) } };
    }

    public override async Task<Contract.PreviewPaymentResponse> PreviewPayment(Contract.PreviewPaymentRequest request, ServerCallContext context)
    {
        var lines = OrRefuse(await preview.HandleAsync([.. request.Events], context.CancellationToken));
        return new Contract.PreviewPaymentResponse
        {
            Transfers =
            {
                lines.Select(line => new Contract.PreviewedTransfer
                {
                    Type = line.Type,
                    Kind = (Contract.TransferKind)line.Kind,
                    Debit = AccountNames.Write(line.Debit),
                    Credit = AccountNames.Write(line.Credit),
                    Amount = line.Amount,
                }),
            },
        };
    }

    private async IAsyncEnumerable<ListedTransfer> Listed(Contract.ListTransfersRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (request.PaymentId.Length > 0)
        {
            if (!Id.TryParse(IdPrefix.Payment, request.PaymentId, out var payment))
            {
                throw new RefusedException(Refusal.Invalid([new FieldError("payment_id", "malformed", "Must be an id that begins with 'pay_'.")]));
            }

            foreach (var listed in await transfers.OfPaymentAsync(payment, ct))
            {
                yield return listed;
            }

            yield break;
        }

        await foreach (var listed in request.Account is null ? transfers.AllAsync(ct) : transfers.OfAccountAsync(OrRefuse(AccountNames.Read(request.Account)), ct))
        {
            yield return listed;
        }
    }

    internal static T OrRefuse<T>(Result<T> result) => result.TryGet(out var value, out var refusal) ? value : throw new RefusedException(refusal);

    private static Contract.TransferResult Write(NewTransfer transfer, TransferRefusal result) => new()
    {
        TransferId = transfer.Id.ToString(),
        Code = (int)result,
        Reason = result.Code(),
    };

    internal static Contract.Account Write(Account account)
    {
        var written = new Contract.Account
        {
            Name = AccountNames.Write(account.Name),
            DebitsPosted = account.DebitsPosted,
            CreditsPosted = account.CreditsPosted,
            DebitsPending = account.DebitsPending,
            CreditsPending = account.CreditsPending,
            Kind = account.Kind.ToString().ToLowerInvariant(),
            LedgerBalance = account.LedgerBalance,
            AvailableBalance = account.AvailableBalance,
            State = account.State.ToString().ToLowerInvariant(),
            Overdraft = account.Overdraft,
        };
        if (account.Ceiling is { } ceiling)
        {
            written.Ceiling = ceiling;
        }

        return written;
    }

    internal static Contract.Transfer Write(ListedTransfer listed)
    {
        var transfer = listed.Transfer;
        return new Contract.Transfer
        {
            TransferId = transfer.Id.ToString(),
            Kind = (Contract.TransferKind)transfer.Kind,
            PendingId = transfer.PendingId?.ToString() ?? "",
            Debit = AccountNames.Write(transfer.Debit),
            Credit = AccountNames.Write(transfer.Credit),
            Amount = transfer.Amount,
            Type = transfer.Type,
            PaymentId = transfer.PaymentId?.ToString() ?? "",
            MerchantId = transfer.MerchantId?.ToString() ?? "",
            EffectiveAt = Timestamp.FromDateTimeOffset(transfer.EffectiveAt),
            CreatedAt = Timestamp.FromDateTimeOffset(transfer.CreatedAt),
            ExternalReference = transfer.ExternalReference ?? "",
            PendingState = listed.PendingState?.ToString().ToLowerInvariant() ?? "",
            DebitRunningBalance = transfer.DebitBalance,
            CreditRunningBalance = transfer.CreditBalance,
            ExpiresAt = transfer.ExpiresAt is { } expiresAt ? Timestamp.FromDateTimeOffset(expiresAt) : null,
        };
    }

    private static Contract.TrialBalanceLine Write(TrialBalanceLine line) => new()
    {
        Mode = ContractMode.Write(line.Mode),
        Currency = line.Currency.Code,
        Debits = line.Debits,
        Credits = line.Credits,
        Transfers = line.Transfers,
    };
}
