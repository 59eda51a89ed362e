using System.Diagnostics;
using Confluent.Kafka;
using PayFlow.Messaging.Kafka;

namespace PayFlow.Messaging.Relay;

/// <summary>What came of handing a round of events to the broker.</summary>
/// <param name="Published">Confirmed by all in-sync replicas, and so is all before it of its aggregate; in the order of their ids.</param>
/// <param name="Parked">Refused for good as they are.</param>
/// <param name="Away">Why the broker could not be asked or did not answer; null when it did.</param>
internal sealed record RoundOutcome(IReadOnlyList<OutboxRow> Published, IReadOnlyList<ParkedRow> Parked, string? Away);

/// <summary>Publishes some events, per aggregate in order, and waits until the broker has confirmed them.</summary>
internal sealed class PublishRound(KafkaProducer kafka, string source, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly List<OutboxRow> _published = [];
    private readonly Dictionary<(string Topic, Guid Aggregate), ParkedRow> _stuck = [];
    private readonly TaskCompletionSource _allReported = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _away;
    private int _open = 1;   // one for the round itself, so that it does not end before all are handed over

    public async Task<RoundOutcome> RunAsync(IReadOnlyList<OutboxRow> rows, CancellationToken ct)
    {
        try
        {
            foreach (var row in rows)
            {
                if (await kafka.PartitionsAsync(row.Topic) is { } partitions)
                    Hand(row, row.Aggregate.Slot.Partition(partitions));
                else
                    Settle(row, new Error(ErrorCode.UnknownTopicOrPart, $"There is no topic {row.Topic}."));
                if (_away is not null)
                    break;
            }
        }
        catch (KafkaException away)
        {
            lock (_gate)
                _away ??= away.Error.Reason;
        }

        Reported();
        try
        {
            await _allReported.Task.WaitAsync(kafka.ReportTimeout, time, ct);
        }
        catch (TimeoutException)
        {
            lock (_gate)
                _away ??= "The client did not report in time what became of the messages.";
        }

        lock (_gate)
            return new RoundOutcome(InOrder(rows), [.. _stuck.Values], _away);
    }

    /// <summary>
    /// What counts as published, in order. An event that was confirmed although an earlier one of its aggregate was not waits with it and is published again:
    /// consumers would put the two in order, but the feeds are numbered in this one.
    /// </summary>
    private List<OutboxRow> InOrder(IReadOnlyList<OutboxRow> rows)
    {
        if (_published.Count == rows.Count)
            return [.. rows];
        var published = _published.Select(row => row.Id).ToHashSet();
        var waiting = new HashSet<(string Topic, Guid Aggregate)>();
        var inOrder = new List<OutboxRow>(published.Count);
        foreach (var row in rows)
        {
            if (waiting.Contains((row.Topic, row.Aggregate.Value)))
                continue;
            if (published.Contains(row.Id))
                inOrder.Add(row);
            else
                waiting.Add((row.Topic, row.Aggregate.Value));
        }

        return inOrder;
    }

    private void Hand(OutboxRow row, int partition)
    {
        lock (_gate)
        {
            // Later events of an aggregate that is stuck wait with it.
            if (_stuck.ContainsKey((row.Topic, row.Aggregate.Value)))
                return;
        }

        ActivityContext.TryParse(row.TraceParent, null, isRemote: true, out var parent);
        var activity = MessagingTelemetry.Source.StartActivity($"publish {row.Topic}", ActivityKind.Producer, parent);
        var message = new Message<string, byte[]>
        {
            Key = row.Aggregate.ToString(),
            Value = row.Payload,
            Headers = EventHeaders.Write(
                EventHeaders.EventId(row.Topic, row.Aggregate, row.Sequence), row.Type, source, row.Aggregate.ToString(), row.Sequence, row.Aggregate.Slot, row.OccurredAt, activity?.Id ?? row.TraceParent),
        };
        Interlocked.Increment(ref _open);
        try
        {
            kafka.Produce(row.Topic, partition, message, error =>
            {
                activity?.Dispose();
                Settle(row, error);
                Reported();
            });
        }
        catch (KafkaException refused)
        {
            activity?.Dispose();
            Settle(row, refused.Error);
            Reported();
        }
    }

    private void Settle(OutboxRow row, Error error)
    {
        lock (_gate)
        {
            if (!error.IsError)
            {
                _published.Add(row);
            }
            else if (IsTheEventsFault(error.Code))
            {
                _stuck.TryAdd((row.Topic, row.Aggregate.Value), new ParkedRow(row, error.Reason));
                if (error.Code is not (ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsg))
                    kafka.ForgetTopics();
            }
            else
            {
                _away ??= error.Reason;
            }
        }
    }

    private void Reported()
    {
        if (Interlocked.Decrement(ref _open) == 0)
            _allReported.TrySetResult();
    }

    /// <summary>Trying the same event again soon would change nothing; others may well get through.</summary>
    private static bool IsTheEventsFault(ErrorCode code) => code is
        ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsg or ErrorCode.InvalidRecord or ErrorCode.PolicyViolation
        or ErrorCode.TopicException or ErrorCode.TopicAuthorizationFailed or ErrorCode.UnknownTopicOrPart
        or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition;
}
