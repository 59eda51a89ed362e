using System.Security.Cryptography;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.UnitTests.Chain;

public sealed class LeafTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(0x019abcdef012);
    private static readonly Id Merchant = Id.From(IdPrefix.Merchant, new Guid("019abc00-0000-7345-8678-9abcdef01007"));
    private static readonly AccountName Debit = new("acquirer_receivable/northbank", Mode.Test, Currency.Usd);
    private static readonly AccountName Credit = new($"merchant/{Merchant}/pending", Mode.Test, Currency.Usd);

    /// <summary>The example of docs/ledger-proof.md; its bytes and hashes were made by a program in another language.</summary>
    private static readonly Transfer Example = new()
    {
        Id = Id.From(IdPrefix.Transfer, new Guid("019abcde-f012-7345-8678-9abcdef01007")),
        Kind = TransferKind.PostPending,
        PendingId = Id.From(IdPrefix.Transfer, new Guid("019abcde-f000-7345-8678-9abcdef01007")),
        Debit = Debit,
        Credit = Credit,
        Amount = 6_000,
        Type = "capture",
        PaymentId = Id.From(IdPrefix.Payment, new Guid("019abcde-e000-7345-8678-9abcdef01007")),
        MerchantId = Merchant,
        ExternalReference = "nb_1 é",
        DebitVersion = 2,
        CreditVersion = 4,
        DebitPrevious = Id.From(IdPrefix.Transfer, new Guid("019abcde-f000-7345-8678-9abcdef01007")),
        DebitBalance = 6_000,
        CreditBalance = -6_000,
        Period = 202511,
        EffectiveAt = At.AddMicroseconds(1),
        CreatedAt = At.AddMicroseconds(2_345),
    };

    public static TheoryData<string, Func<Transfer, Transfer>> Changes => new()
    {
        { "id", transfer => transfer with { Id = transfer.Id.Derive(IdPrefix.Transfer, "other") } },
        { "kind", transfer => transfer with { Kind = TransferKind.VoidPending } },
        { "pending id", transfer => transfer with { PendingId = transfer.Id } },
        { "no pending id", transfer => transfer with { PendingId = null } },
        { "mode", transfer => transfer with { Debit = Debit with { Mode = Mode.Live }, Credit = Credit with { Mode = Mode.Live } } },
        { "currency", transfer => transfer with { Debit = Debit with { Currency = Currency.Eur }, Credit = Credit with { Currency = Currency.Eur } } },
        { "debit", transfer => transfer with { Debit = Debit with { Path = "acquirer_receivable/southbank" } } },
        { "credit", transfer => transfer with { Credit = Credit with { Path = "suspense" } } },
        { "sides", transfer => transfer with { Debit = Credit, Credit = Debit } },
        { "a letter from one text to the next", transfer => transfer with { Debit = Debit with { Path = "acquirer_receivable/northban" }, Credit = Credit with { Path = "k" + Credit.Path } } },
        { "amount", transfer => transfer with { Amount = 6_001 } },
        { "type", transfer => transfer with { Type = "settle" } },
        { "payment", transfer => transfer with { PaymentId = transfer.PaymentId!.Value.Derive(IdPrefix.Payment, "other") } },
        { "merchant instead of payment", transfer => transfer with { PaymentId = null } },
        { "merchant", transfer => transfer with { MerchantId = null } },
        { "reference", transfer => transfer with { ExternalReference = "nb_1 e" } },
        { "no reference", transfer => transfer with { ExternalReference = null } },
        { "time of expiry", transfer => transfer with { ExpiresAt = transfer.EffectiveAt } },
        { "debit version", transfer => transfer with { DebitVersion = 3 } },
        { "credit version", transfer => transfer with { CreditVersion = 5 } },
        { "what was left of both, exchanged", transfer => transfer with { DebitVersion = 4, CreditVersion = 2, DebitBalance = -6_000, CreditBalance = 6_000 } },
        { "previous of the debited account", transfer => transfer with { DebitPrevious = null } },
        { "previous of the other account", transfer => transfer with { CreditPrevious = transfer.DebitPrevious } },
        { "debit balance", transfer => transfer with { DebitBalance = -6_000 } },
        { "credit balance", transfer => transfer with { CreditBalance = 6_000 } },
        { "period", transfer => transfer with { Period = 202512 } },
        { "effective at", transfer => transfer with { EffectiveAt = transfer.EffectiveAt.AddMicroseconds(1) } },
        { "created at", transfer => transfer with { CreatedAt = transfer.CreatedAt.AddMicroseconds(-1) } },
    };

    [Fact]
    public void Bytes_OfTheExample_AreThoseOfTheDocs() =>
        Assert.Equal(
            "0001019abcdef012734586789abcdef010070301019abcdef000734586789abcdef0100701000000035553440000001d61637175697265725f72656365697661626c652f6e6f7274686261" +
            "6e6b0000002f6d65726368616e742f6d65725f30316b617930303030306564327263793474716b6666303430372f70656e64696e670000000000001770000000076361707475726501019a" +
            "bcdee000734586789abcdef0100701019abc000000734586789abcdef0100701000000076e625f3120c3a90031ae7aa9034db7ad9dd99f97c14bf6c859a4fadf0db52888d4bd0863fc6f8d" +
            "6e85c08ea21ea2b55e993ae8c0e40d69d4710566ba1e5acbd66548cb6186b424780003170f00064471c6d9c65100064471c6d9cf79",
            Convert.ToHexStringLower(Leaf.Bytes(Example)));

    [Fact]
    public void Hash_OfTheExample_IsThatOfTheDocs() =>
        Assert.Equal("2e85f15c898ad0c6155c148b7961b32161108e8530bc8725e2e7d06c32bc3fbb", Convert.ToHexStringLower(HashOf(Example)));

    [Theory]
    [MemberData(nameof(Changes))]
    public void Hash_AnythingChanged_IsAnother(string what, Func<Transfer, Transfer> change) =>
        Assert.False(HashOf(Example).AsSpan().SequenceEqual(HashOf(change(Example))), $"A changed {what} was not seen.");

    [Fact]
    public void Hash_EmptyReferenceAndNone_Differ() =>
        Assert.NotEqual(HashOf(Example with { ExternalReference = "" }), HashOf(Example with { ExternalReference = null }));

    [Fact]
    public void Hash_LongerThanTheStackTakes_IsThatOfItsBytes()
    {
        var transfer = Example with { ExternalReference = new string('€', 255), Debit = Debit with { Path = new string('x', 5_000) } };

        Assert.Equal(SHA256.HashData(Leaf.Bytes(transfer)), HashOf(transfer));
    }

    private static byte[] HashOf(Transfer transfer)
    {
        var hash = new byte[Leaf.Size];
        Leaf.Hash(transfer, hash);
        return hash;
    }
}
