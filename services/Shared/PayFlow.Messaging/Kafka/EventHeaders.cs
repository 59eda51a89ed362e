using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using PayFlow.Kernel;

namespace PayFlow.Messaging.Kafka;

/// <summary>CloudEvents 1.0, Kafka protocol binding, binary mode: attributes are headers named <c>ce_…</c>, the value is the payload alone.</summary>
internal static class EventHeaders
{
    private const string SpecVersion = "ce_specversion";
    private const string CloudEventId = "ce_id";
    private const string EventType = "ce_type";
    private const string Source = "ce_source";
    private const string Time = "ce_time";
    private const string Subject = "ce_subject";
    private const string Sequence = "ce_sequence";
    private const string SlotNumber = "ce_slot";
    private const string ContentType = "content-type";
    private const string TraceParent = "traceparent";

    /// <summary>The CloudEvents id of an event of an outbox: the same each time it is published.</summary>
    public static string EventId(string topic, Id aggregate, long sequence) => $"{topic}/{aggregate}/{sequence}";

    public static Headers Write(string id, string type, string source, string subject, long sequence, Slot slot, DateTimeOffset occurredAt, string? traceParent)
    {
        var headers = new Headers();
        Add(SpecVersion, "1.0");
        Add(CloudEventId, id);
        Add(EventType, type);
        Add(Source, source);
        Add(Time, occurredAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Add(Subject, subject);
        Add(Sequence, sequence.ToString(CultureInfo.InvariantCulture));
        Add(SlotNumber, slot.ToString());
        Add(ContentType, "application/protobuf");
        if (traceParent is not null)
            Add(TraceParent, traceParent);
        return headers;

        void Add(string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));
    }

    /// <summary>Reads a message that somebody of ours wrote, or says why it isn't one.</summary>
    public static bool TryRead(ConsumeResult<string, byte[]> message, [NotNullWhen(true)] out ReceivedEvent? received, [NotNullWhen(false)] out string? reason)
    {
        (received, reason) = (null, null);
        try
        {
            received = Read(message);
            return true;
        }
        catch (Exception malformed) when (malformed is FormatException or OverflowException)
        {
            reason = malformed.Message;
            return false;
        }
    }

    private static ReceivedEvent Read(ConsumeResult<string, byte[]> message)
    {
        var headers = message.Message.Headers ?? [];
        return new ReceivedEvent(
            message.Topic,
            message.Partition.Value,
            message.Offset.Value,
            Text(CloudEventId),
            Text(EventType),
            ParseId(Text(Subject)),
            long.Parse(Text(Sequence), NumberStyles.None, CultureInfo.InvariantCulture),
            ParseSlot(Text(SlotNumber)),
            DateTimeOffset.Parse(Text(Time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            message.Message.Value ?? [])
        {
            TraceParent = headers.TryGetLastBytes(TraceParent, out var trace) ? Encoding.UTF8.GetString(trace) : null,
        };

        string Text(string name) => headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : throw new FormatException($"The header {name} is missing.");
    }

    private static Id ParseId(string subject) => Id.Parse(subject[..Math.Max(0, subject.LastIndexOf('_'))], subject);

    private static Slot ParseSlot(string text) =>
        short.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < Slot.Count
            ? new Slot(number)
            : throw new FormatException($"'{text}' is no slot.");
}
