using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Chain;

/// <summary>
/// A transfer as a leaf of its block's tree: SHA-256 of a zero byte (RFC 6962, section 2.1) and of everything that the row says, in this order and with
/// nothing between. Numbers are big endian; a text is the number of its UTF-8 bytes (4 bytes) and the bytes; an id is the 16 bytes of its UUID; what may
/// be missing is one byte 0, or one byte 1 and the value; a time is microseconds since 1970 UTC (8 bytes, signed).
/// <code>
/// version             1 byte: 1
/// id                 16 bytes
/// kind                1 byte: 1 posted, 2 pending, 3 post_pending, 4 void_pending
/// pending id          optional id
/// mode                1 byte: 1 test, 2 live
/// currency            text
/// debited account     text: its path in the chart
/// credited account    text
/// amount              8 bytes, minor units
/// type                text
/// payment             optional id
/// merchant            optional id
/// external reference  optional text
/// expires at          optional time: of pending transfers
/// debited after      32 bytes: SHA-256 of a byte 3, the id (16 bytes), a byte 1, the number of this entry in the debited account (8 bytes),
///                    its posted debits less credits after it (8 bytes, signed) and the transfer of the entry before (optional id)
/// credited after     32 bytes: the same of the credited account, with a byte 2
/// period              4 bytes: yyyymm
/// effective at        time
/// created at          time
/// </code>
/// Where the row stands (its block and its place there) is not in it: the tree says that. Accounts are named, not numbered, so that whoever was given a
/// transfer can hash it without our tables. What it left an account with is hashed before, so that a merchant's proof needn't tell what the
/// platform's accounts had; the random bits of the id before keep that from being guessed. <c>docs/ledger-proof.md</c> has an example.
/// </summary>
public static class Leaf
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private const byte Version = 1;
    private const byte LeafPrefix = 0;
    private const byte AfterPrefix = 3;
    private const byte DebitSide = 1;
    private const byte CreditSide = 2;
    private const int OnStack = 1024;

    // Everything but what optional ids and texts hold: prefix, version, id, kind, mode, five presence bytes, four lengths and the numbers.
    private const int Fixed = 1 + 1 + 16 + 1 + 1 + 5 + (4 * sizeof(int)) + sizeof(long) + (2 * Size) + sizeof(int) + (2 * sizeof(long));

    /// <summary>Hashes a transfer.</summary>
    /// <param name="transfer">With its entry numbers, balances and period: as it is written.</param>
    /// <param name="destination">Takes <see cref="Size"/> bytes.</param>
    public static void Hash(Transfer transfer, Span<byte> destination)
    {
        var length = LengthOf(transfer);
        byte[]? rented = null;
        Span<byte> bytes = length <= OnStack ? stackalloc byte[OnStack] : (rented = ArrayPool<byte>.Shared.Rent(length));
        Write(transfer, bytes);
        SHA256.HashData(bytes[..length], destination);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The hash of what a transfer left its debited account with.</summary>
    internal static byte[] DebitedAfter(Transfer transfer) => HashedAfter(transfer.Id, DebitSide, transfer.DebitVersion, transfer.DebitBalance, transfer.DebitPrevious);

    /// <summary>The hash of what a transfer left its credited account with.</summary>
    internal static byte[] CreditedAfter(Transfer transfer) => HashedAfter(transfer.Id, CreditSide, transfer.CreditVersion, transfer.CreditBalance, transfer.CreditPrevious);

    /// <summary>What is hashed, the zero byte included.</summary>
    internal static byte[] Bytes(Transfer transfer)
    {
        var bytes = new byte[LengthOf(transfer)];
        Write(transfer, bytes);
        return bytes;
    }

    /// <summary>A time as leaves, blocks and heads have it: microseconds since 1970 UTC.</summary>
    internal static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static byte[] HashedAfter(Id id, byte side, long version, long balance, Id? previous)
    {
        var hash = new byte[Size];
        HashAfter(id, side, version, balance, previous, hash);
        return hash;
    }

    private static void HashAfter(Id id, byte side, long version, long balance, Id? previous, Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[1 + 16 + 1 + (2 * sizeof(long)) + 1 + 16];
        var rest = Put(Put(Put(Put(Put(Put(bytes, AfterPrefix), id), side), version), balance), previous);
        SHA256.HashData(bytes[..^rest.Length], destination);
    }

    private static int LengthOf(Transfer transfer) =>
        Fixed
        + LengthOf(transfer.PendingId) + LengthOf(transfer.PaymentId) + LengthOf(transfer.MerchantId)
        + Encoding.UTF8.GetByteCount(transfer.Debit.Currency.Code) + Encoding.UTF8.GetByteCount(transfer.Debit.Path) + Encoding.UTF8.GetByteCount(transfer.Credit.Path)
        + Encoding.UTF8.GetByteCount(transfer.Type)
        + (transfer.ExternalReference is { } reference ? sizeof(int) + Encoding.UTF8.GetByteCount(reference) : 0)
        + (transfer.ExpiresAt is null ? 0 : sizeof(long));

    private static int LengthOf(Id? id) => id is null ? 0 : 16;

    private static void Write(Transfer transfer, Span<byte> bytes)
    {
        bytes = Put(bytes, LeafPrefix);
        bytes = Put(bytes, Version);
        bytes = Put(bytes, transfer.Id);
        bytes = Put(bytes, (byte)transfer.Kind);
        bytes = Put(bytes, transfer.PendingId);
        bytes = Put(bytes, (byte)transfer.Debit.Mode);
        bytes = Put(bytes, transfer.Debit.Currency.Code);
        bytes = Put(bytes, transfer.Debit.Path);
        bytes = Put(bytes, transfer.Credit.Path);
        bytes = Put(bytes, transfer.Amount);
        bytes = Put(bytes, transfer.Type);
        bytes = Put(bytes, transfer.PaymentId);
        bytes = Put(bytes, transfer.MerchantId);
        bytes = PutOptional(bytes, transfer.ExternalReference);
        bytes = PutOptional(bytes, transfer.ExpiresAt);
        HashAfter(transfer.Id, DebitSide, transfer.DebitVersion, transfer.DebitBalance, transfer.DebitPrevious, bytes);
        HashAfter(transfer.Id, CreditSide, transfer.CreditVersion, transfer.CreditBalance, transfer.CreditPrevious, bytes[Size..]);
        bytes = bytes[(2 * Size)..];
        bytes = Put(bytes, transfer.Period);
        bytes = Put(bytes, transfer.EffectiveAt);
        Put(bytes, transfer.CreatedAt);
    }

    private static Span<byte> Put(Span<byte> bytes, byte value)
    {
        bytes[0] = value;
        return bytes[1..];
    }

    private static Span<byte> Put(Span<byte> bytes, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes[sizeof(int)..];
    }

    private static Span<byte> Put(Span<byte> bytes, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[sizeof(long)..];
    }

    private static Span<byte> Put(Span<byte> bytes, DateTimeOffset time) => Put(bytes, Microseconds(time));

    private static Span<byte> Put(Span<byte> bytes, Id id)
    {
        id.Value.TryWriteBytes(bytes, bigEndian: true, out var written);
        return bytes[written..];
    }

    private static Span<byte> Put(Span<byte> bytes, Id? id) => id is { } given ? Put(Put(bytes, (byte)1), given) : Put(bytes, (byte)0);

    private static Span<byte> Put(Span<byte> bytes, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, bytes[sizeof(int)..]);
        return Put(bytes, length)[length..];
    }

    private static Span<byte> PutOptional(Span<byte> bytes, string? text) => text is null ? Put(bytes, (byte)0) : Put(Put(bytes, (byte)1), text);

    private static Span<byte> PutOptional(Span<byte> bytes, DateTimeOffset? time) => time is { } given ? Put(Put(bytes, (byte)1), given) : Put(bytes, (byte)0);
}
