using Grpc.Core;
using PayFlow.Kernel;
using Contract = PayFlow.Contracts.Ledger.V1;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>Requests as other services make them, about a merchant of the test's own.</summary>
internal sealed class Asking(Contract.Ledger.LedgerClient client, int slot = 7)
{
    public Asking(LedgerHost host, int slot = 7) : this(host.Client, slot)
    {
    }

    public Id Merchant { get; private init; } = Id.New(IdPrefix.Merchant, new Slot(slot), TimeProvider.System.GetUtcNow());

    /// <summary>The same merchant, asking another process.</summary>
    public Asking Through(LedgerHost host) => new(host) { Merchant = Merchant };

    public Contract.AccountName Available => Name($"merchant/{Merchant}/available");

    public Contract.AccountName Pending => Name($"merchant/{Merchant}/pending");

    public Contract.AccountName Receivable => Name("acquirer_receivable/northbank");

    public Contract.AccountName Revenue => Name("processing_revenue");

    public Contract.AccountName Wallet(string name, string currency = "USD") => Name($"wallet/{Merchant}/{name}", currency);

    public static Contract.AccountName Name(string path, string currency = "USD") => new() { Path = path, Mode = Modes.Test, Currency = currency };

    public Id NewId() => Id.New(IdPrefix.Transfer, Merchant.Slot, TimeProvider.System.GetUtcNow());

    public Contract.NewTransfer Posted(Contract.AccountName debit, Contract.AccountName credit, long amount) => new()
    {
        TransferId = NewId().ToString(), Kind = Contract.TransferKind.Posted, Debit = debit, Credit = credit, Amount = amount, Type = "transfer", MerchantId = Merchant.ToString(),
    };

    public Contract.NewTransfer Held(Contract.AccountName debit, Contract.AccountName credit, long amount)
    {
        var transfer = Posted(debit, credit, amount);
        transfer.Kind = Contract.TransferKind.Pending;
        return transfer;
    }

    public Contract.NewTransfer End(string pending, long amount = 0, bool isVoid = false) => new()
    {
        TransferId = NewId().ToString(), Kind = isVoid ? Contract.TransferKind.VoidPending : Contract.TransferKind.PostPending, PendingId = pending, Amount = amount, Type = "transfer",
    };

    /// <summary>Asks, and answers the reasons.</summary>
    public async Task<string[]> AskAsync(params Contract.NewTransfer[] transfers)
    {
        var response = await client.CreateTransfersAsync(new() { Transfers = { transfers } });
        Assert.Equal(transfers.Select(transfer => transfer.TransferId), response.Results.Select(result => result.TransferId));
        return [.. response.Results.Select(result => result.Reason)];
    }

    /// <summary>Ledger and available balance, minor units.</summary>
    public async Task<(long Ledger, long Available)> BalanceAsync(Contract.AccountName name)
    {
        var account = await client.GetAccountAsync(new() { Account = name });
        return (account.LedgerBalance, account.AvailableBalance);
    }

    public async Task<List<Contract.Transfer>> ListAsync(Contract.ListTransfersRequest request)
    {
        using var call = client.ListTransfers(request);
        var listed = new List<Contract.Transfer>();
        await foreach (var transfer in call.ResponseStream.ReadAllAsync())
        {
            listed.Add(transfer);
        }

        return listed;
    }
}
