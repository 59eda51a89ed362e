using System.Buffers.Binary;
using System.Security.Cryptography;
using PayFlow.Messaging.Feeds;

namespace PayFlow.Auth.Events;

/// <summary>
/// Ids of events: <c>evt_…</c>, made of the time, the feed and the number in it. So the id is the cursor, of lists and of streams alike, and finding an event by
/// its id needs no index.
/// </summary>
internal static class EventId
{
    private const int NumberBytes = 5;
    private const long MaxNumber = (1L << (8 * NumberBytes)) - 1;

    /// <summary>The id of an event; of number 0: the cursor before the first.</summary>
    /// <param name="number">Up to 2^40 − 1.</param>
    public static Id Of(Feed feed, long number, DateTimeOffset occurredAt)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MaxNumber);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, occurredAt.ToUnixTimeMilliseconds() << 16);
        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(wide, number);
        wide[^NumberBytes..].CopyTo(bytes[9..]);
        Mark(bytes, feed);
        return Id.From(IdPrefix.Event, new Guid(bytes, bigEndian: true));
    }

    public static Id Of(Feed feed, FeedEvent @event) => Of(feed, @event.Number, @event.OccurredAt);

    /// <summary>The number that an id stands for; false when it is no event's of this feed.</summary>
    public static bool TryRead(Feed feed, string? text, out long number)
    {
        number = 0;
        if (!Id.TryParse(IdPrefix.Event, text, out var id))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        Span<byte> marked = stackalloc byte[16];
        bytes.CopyTo(marked);
        Mark(marked, feed);
        if (!bytes.SequenceEqual(marked))
        {
            return false;
        }

        Span<byte> wide = stackalloc byte[8];
        wide.Clear();
        bytes.Slice(9, NumberBytes).CopyTo(wide[^NumberBytes..]);
        number = BinaryPrimitives.ReadInt64BigEndian(wide);
        return true;
    }

    // What neither time nor number takes: the version and variant of a UUIDv7, the slot, and 24 bits that follow from the feed, so that another's cursor is noticed.
    private static void Mark(Span<byte> bytes, Feed feed)
    {
        Span<byte> source = stackalloc byte[17];
        feed.Merchant.Value.TryWriteBytes(source, bigEndian: true, out _);
        source[16] = (byte)feed.Mode;
        Span<byte> mark = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(source, mark);
        bytes[6] = (byte)(0x70 | (mark[0] & 0x0f));
        bytes[7] = mark[1];
        bytes[8] = (byte)(0x80 | (mark[2] & 0x3f));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[14..], (ushort)((mark[3] << 10) | (ushort)feed.Merchant.Slot.Number));
    }
}
