using Microsoft.Extensions.Options;
using PayFlow.Auth.Payments;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>What a payment is paid with, as an acquirer needs it. Closed: a card or a bank account.</summary>
public abstract class OpenMethod;

/// <summary>A card as an acquirer needs it. A class rather than a record: it must not print itself.</summary>
public sealed class OpenCard(string number, int expMonth, int expYear, string? cvc) : OpenMethod
{
    internal string Number { get; } = number;

    internal int ExpMonth { get; } = expMonth;

    internal int ExpYear { get; } = expYear;

    /// <summary>Null when it has been used or its minutes are over.</summary>
    internal string? Cvc { get; } = cvc;
}

/// <summary>A card on its way into the vault.</summary>
public sealed class NewCard(CardNumber number, int expMonth, int expYear, string? cvc)
{
    internal CardNumber Number { get; } = number;

    internal int ExpMonth { get; } = expMonth;

    internal int ExpYear { get; } = expYear;

    internal string? Cvc { get; } = cvc;
}

/// <summary>The only door to card and account numbers: in, sealed; out, to an acquirer's adapter.</summary>
public sealed class CardVault(Shards shards, Envelope envelope, IOptions<VaultOptions> options, TimeProvider time) : IAsyncDisposable
{
    private const string NumberField = "pan";
    private const string CvcField = "cvc";
    private const string AccountField = "account";
    private const string HolderField = "holder";

    // Many payments want their cards at once: one round trip for those that do.
    private readonly ShardedGroupCommit<Id, SealedCard?> cards = new(shards, (shard, tokens, ct) => TokenSql.FindSealedAsync(shard.Source, tokens, time.GetUtcNow(), ct));

    /// <summary>Seals a card as the token that it will be.</summary>
    public SealedCard Seal(Id token, Mode mode, NewCard card)
    {
        var key = envelope.NewDataKey(token);
        var view = new CardView(
            token, card.Number.Brand, card.Number.Bin, card.Number.Last4, card.ExpMonth, card.ExpYear, card.Number.Country, envelope.Fingerprint(mode, card.Number.Digits));
        return new SealedCard(
            view, key.KekId, key.Sealed, Envelope.Seal(key, card.Number.Digits, token, NumberField), card.Cvc is null ? null : Envelope.Seal(key, card.Cvc, token, CvcField));
    }

    /// <summary>Seals a bank account as the token that it will be.</summary>
    public SealedAccount Seal(Id token, Mode mode, NewBankAccount account)
    {
        var key = envelope.NewDataKey(token);
        var view = new BankAccountView(
            token, account.Routing, account.Number[^4..], account.Type, account.Holder, envelope.Fingerprint(mode, $"{account.Routing}:{account.Number}"));
        return new SealedAccount(
            view, key.KekId, key.Sealed, Envelope.Seal(key, account.Number, token, AccountField), Envelope.Seal(key, account.HolderName, token, HolderField));
    }

    /// <summary>Writes a sealed bank account in the transaction that makes its token.</summary>
    public Task WriteAsync(ShardTransaction transaction, Id merchantId, Mode mode, SealedAccount account, DateTimeOffset now, CancellationToken ct) =>
        TokenSql.InsertAsync(transaction, merchantId, mode, account, now, ct);

    /// <summary>Writes a sealed card in the transaction that makes its token.</summary>
    public Task WriteAsync(ShardTransaction transaction, Id merchantId, Mode mode, SealedCard card, DateTimeOffset now, CancellationToken ct) =>
        TokenSql.InsertAsync(transaction, merchantId, mode, card, card.Cvc is null ? null : now + options.Value.CvcLifetime, now, ct);

    /// <summary>Opens what a payment is paid with to send it to an acquirer.</summary>
    public async Task<OpenMethod> OpenAsync(PaymentMethod method, CancellationToken ct) => method switch
    {
        CardView card => await OpenCardAsync(card.TokenId, ct),
        BankAccountView account => await OpenAccountAsync(account.TokenId, ct),
        _ => throw new InvalidOperationException($"The vault has no {method.Type}."),
    };

    /// <summary>Opens a card to send it to an acquirer.</summary>
    /// <exception cref="InvalidOperationException">There is no such token: payments name only tokens that exist.</exception>
    public async Task<OpenCard> OpenCardAsync(Id token, CancellationToken ct)
    {
        var row = await cards.CommitAsync(token.Slot, token, ct)
            ?? throw new InvalidOperationException($"Token {token} is not in the vault.");
        var key = envelope.OpenDataKey(token, row.KekId, row.DataKey);
        return new OpenCard(
            Envelope.Open(key, row.Number, token, NumberField),
            row.Card.ExpMonth,
            row.Card.ExpYear,
            row.Cvc is null ? null : Envelope.Open(key, row.Cvc, token, CvcField));
    }

    /// <summary>Opens a bank account to send it to a bank.</summary>
    /// <exception cref="InvalidOperationException">There is no such token of a bank account.</exception>
    public async Task<OpenBankAccount> OpenAccountAsync(Id token, CancellationToken ct)
    {
        var row = await TokenSql.FindSealedAccountAsync(shards.For(token.Slot).Source, token, ct)
            ?? throw new InvalidOperationException($"Token {token} is not the vault's, or no bank account.");
        var key = envelope.OpenDataKey(token, row.KekId, row.DataKey);
        return new OpenBankAccount(
            row.Account.Routing,
            Envelope.Open(key, row.Number, token, AccountField),
            row.Account.Account,
            row.Account.Holder,
            Envelope.Open(key, row.HolderName, token, HolderField));
    }

    public ValueTask DisposeAsync() => cards.DisposeAsync();
}

/// <summary>The token of a bank account as the database has it.</summary>
public sealed record SealedAccount(BankAccountView Account, string KekId, byte[] DataKey, byte[] Number, byte[] HolderName);

/// <summary>The token of a card as the database has it.</summary>
public sealed record SealedCard(CardView Card, string KekId, byte[] DataKey, byte[] Number, byte[]? Cvc);
