using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>The body of the request; for the API's document only, since such data is never bound to a record that could print itself.</summary>
/// <param name="Type">card or bank_account: which of the two others is there.</param>
public sealed record CreateTokenRequest(string Type, CreateTokenCard? Card, CreateTokenBankAccount? BankAccount);

/// <summary>Card data on its way in.</summary>
public sealed record CreateTokenCard(string Number, int ExpMonth, int ExpYear, string? Cvc);

/// <summary>A bank account on its way in.</summary>
/// <param name="HolderName">As the bank knows it: the processor sends it along.</param>
public sealed record CreateTokenBankAccount(string RoutingNumber, string AccountNumber, AccountType AccountType, HolderType HolderType, string HolderName);

/// <summary><c>POST /v1/tokens</c>: the data of a card or a bank account in, token out.</summary>
public sealed class CreateToken(CardVault vault, Envelope envelope, SimpleRequests requests, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Caller caller, HttpRequest request, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var read = await RequestBody.ReadAsync(request, body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: CreateTokenBody.Read(body, now)), ct);
        if (!read.TryGet(out var body, out var refusal))
        {
            return Problem.From(refusal);
        }

        var asked = body.Asked!;
        var token = Id.New(IdPrefix.Token, caller.Slot, now);
        var once = new SimpleRequest(caller.MerchantId, caller.Mode, body.Key, envelope.Fingerprint(KeyKind.CreateToken, asked.Told()), KeyKind.CreateToken, token);
        return await requests.CarryOutAsync(
            once, async (transaction, cancel) => new SimpleAnswer(StatusCodes.Status201Created, await WriteAsync(transaction, caller, token, asked, now, cancel)), ct);
    }

    private async Task<TokenView> WriteAsync(ShardTransaction transaction, Caller caller, Id token, NewToken asked, DateTimeOffset now, CancellationToken ct)
    {
        if (asked.Account is { } account)
        {
            var sealedAccount = vault.Seal(token, caller.Mode, account);
            await vault.WriteAsync(transaction, caller.MerchantId, caller.Mode, sealedAccount, now, ct);
            return TokenView.Of(sealedAccount.Account, now);
        }

        var sealedCard = vault.Seal(token, caller.Mode, asked.Card!);
        await vault.WriteAsync(transaction, caller.MerchantId, caller.Mode, sealedCard, now, ct);
        return TokenView.Of(sealedCard.Card, asked.Card!.Number, now);
    }
}

/// <summary>What is to become a token: one of the two. A class rather than a record: it must not print itself.</summary>
internal sealed class NewToken(NewCard? card, NewBankAccount? account)
{
    public NewCard? Card { get; } = card;

    public NewBankAccount? Account { get; } = account;

    /// <summary>The request as its fingerprint is made of it. Without the security code: a fingerprint is kept for good, and the code must not be, in whatever form.</summary>
    public string Told() => Card is { } card
        ? $"card\n{card.Number.Digits}\n{card.ExpMonth}\n{card.ExpYear}"
        : $"bank_account\n{Account!.Routing}\n{Account.Number}\n{Account.Type}\n{Account.Holder}\n{Account.HolderName}";
}

/// <summary>Reads and validates the body: every wrong field is told at once, and no message repeats what was sent, which might be a number with a typing error.</summary>
internal static class CreateTokenBody
{
    private const string CardType = "card";
    private const string BankAccountType = "bank_account";
    private const int LongestHolderName = 100;

    /// <returns>Null only when the body is refused anyway.</returns>
    public static NewToken? Read(BodyReader body, DateTimeOffset now)
    {
        var type = body.String("type");
        if (type.Length > 0 && type is not (CardType or BankAccountType))
        {
            body.Error("type", "unknown_value", $"type must be one of: {BankAccountType}, {CardType}.");
        }

        // Also when the type is wrong: what is there is read, so that all that is wrong with it is told.
        if (type == CardType || (type != BankAccountType && body.Has(CardType)))
        {
            return Card(body.Object(CardType), now) is { } card ? new NewToken(card, account: null) : null;
        }

        return (type == BankAccountType || body.Has(BankAccountType)) && Account(body.Object(BankAccountType)) is { } account ? new NewToken(card: null, account) : null;
    }

    private static NewCard? Card(BodyReader card, DateTimeOffset now)
    {
        var digits = card.String("number", max: 32);
        var month = card.Int32("exp_month", 1, 12);
        var year = card.Int32("exp_year", 2000, 2199);
        var cvc = card.OptionalString("cvc", max: 4, min: 3);
        if (month > 0 && year > 0 && IsOver(month, year, now))
        {
            card.Error("exp_year", "expired_card", "The card has expired.");
        }

        if (!CardNumber.TryParse(digits, out var number) && digits.Length > 0)
        {
            card.Error("number", "invalid_card_number", "card.number is not a card number: 12 to 19 digits, as many as the network's cards have, whose check digit is right.");
        }

        var network = number?.Network ?? Brands.Unknown;
        if (cvc is not null && !network.HasCvc(cvc))
        {
            card.Error("cvc", "invalid_cvc", network.CvcLength is { } length ? $"card.cvc must be {length} digits for {network.Name}." : "card.cvc must be three or four digits.");
        }

        return number is null ? null : new NewCard(number, month, year, cvc);
    }

    private static NewBankAccount? Account(BodyReader account)
    {
        var routing = account.String("routing_number", max: 32);
        var number = account.String("account_number", max: 32);
        var type = account.Enum<AccountType>("account_type");
        var holder = account.Enum<HolderType>("holder_type");
        var holderName = account.String("holder_name", max: LongestHolderName);
        if (routing.Length > 0 && !BankAccountNumbers.IsRoutingNumber(routing))
        {
            account.Error("routing_number", "invalid_routing_number", "bank_account.routing_number is not a routing number: nine digits whose check digit is right.");
        }

        if (number.Length > 0 && !BankAccountNumbers.IsAccountNumber(number))
        {
            account.Error("account_number", "invalid_account_number", "bank_account.account_number must be 4 to 17 digits.");
        }

        return routing.Length > 0 && number.Length > 0 ? new NewBankAccount(routing, number, type, holder, holderName) : null;
    }

    // A card is good until the end of the month that it names.
    private static bool IsOver(int month, int year, DateTimeOffset now) => (year, month).CompareTo((now.Year, now.Month)) < 0;
}
