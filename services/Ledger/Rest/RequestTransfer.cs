using System.Security.Cryptography;
using System.Text;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Ledger.Rest;

/// <summary>A transfer that a merchant asks for.</summary>
internal sealed record AskedTransfer(string Key, AccountName From, AccountName To, Money Amount, string? Reference)
{
    public byte[] Fingerprint => SHA256.HashData(Encoding.UTF8.GetBytes($"{From}\n{To}\n{Amount.MinorUnits}\n{Reference}"));
}

/// <summary>
/// Makes a transfer that a merchant asks for. Its id is written down under the request's key before anything moves; so the same request, sent again after whatever
/// happened, is about the same transfer, and the books say whether it is there.
/// </summary>
internal sealed class RequestTransfer(Shards shards, CreateTransfers create, ListTransfers transfers, TimeProvider time)
{
    private static readonly Refusal OtherRequest = new(
        RefusalKind.Mismatch, "idempotency_key_reused", "This idempotency key was used with another request. Nothing was done. Make a new key for a new request.");

    public async Task<IResult> HandleAsync(Caller caller, AskedTransfer asked, HttpContext http, CancellationToken ct)
    {
        if (!caller.Owns(asked.To) && !await IsOpenAsync(asked.To, ct))
        {
            return Problem.From(Refusal.Invalid([new FieldError("to", "unknown_account", $"There is no account '{AccountIds.Write(asked.To)}' that this key can use.")]));
        }

        var taken = await TakeAsync(caller, asked, ct);
        if (!taken.Fingerprint.AsSpan().SequenceEqual(asked.Fingerprint))
        {
            return Problem.From(OtherRequest);
        }

        CrashPoint.Hit("ledger.request.taken");
        var applied = await ApplyAsync(caller, asked, taken.Transfer, ct);
        if (!applied.IsInTheBooks())
        {
            return Problem.From(applied.ToRefusal(), applied == TransferRefusal.ExceedsAvailable ? await AvailableAsync(asked.From, ct) : null);
        }

        if (applied == TransferRefusal.Exists)
        {
            IdempotencyKeys.MarkReplayed(http);
        }

        var made = await transfers.FindAsync(taken.Transfer, ct)
            ?? throw new InvalidOperationException($"{taken.Transfer} was {applied.Code()} and isn't there.");
        return Results.Created($"/v1/transfers/{taken.Transfer}", TransferView.Of(made));
    }

    /// <summary>What a problem says of an account that hasn't enough.</summary>
    public async Task<IReadOnlyDictionary<string, object?>> AvailableAsync(AccountName name, CancellationToken ct)
    {
        ChartOfAccounts.TryGetOwner(name.Path, out var owner);
        var account = await AccountSql.FindAsync(shards.For(owner.Slot), name, ct);
        return new Dictionary<string, object?> { ["available"] = new Money(account?.AvailableBalance ?? 0, name.Currency) };
    }

    private async Task<bool> IsOpenAsync(AccountName name, CancellationToken ct) =>
        ChartOfAccounts.TryGetOwner(name.Path, out var owner) && await AccountSql.FindAsync(shards.For(owner.Slot), name, ct) is not null;

    private async Task<TakenKey> TakeAsync(Caller caller, AskedTransfer asked, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var transaction = await shards.BeginAsync(caller.Slot, ct);
        var taken = await TransferRequestSql.TakeAsync(transaction, caller.MerchantId, caller.Mode, asked.Key, new TakenKey(Id.New(IdPrefix.Transfer, caller.Slot, now), asked.Fingerprint), now, ct);
        await transaction.CommitAsync(ct);
        return taken;
    }

    private async Task<TransferRefusal> ApplyAsync(Caller caller, AskedTransfer asked, Id id, CancellationToken ct)
    {
        var transfer = new NewTransfer
        {
            Id = id,
            Kind = TransferKind.Posted,
            Debit = asked.From,
            Credit = asked.To,
            Amount = asked.Amount.MinorUnits,
            Type = TransferType.Transfer,
            MerchantId = caller.MerchantId,
            ExternalReference = asked.Reference,
        };
        return (await create.HandleAsync([transfer], ct))[0];
    }
}
