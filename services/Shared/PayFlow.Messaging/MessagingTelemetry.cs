using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PayFlow.Messaging;

/// <summary>Traces and numbers, both named <c>PayFlow.Messaging</c>.</summary>
public static class MessagingTelemetry
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "PayFlow.Messaging";

    internal static ActivitySource Source { get; } = new(Name);

    internal static Meter Meter { get; } = new(Name);

    internal static Counter<long> Published { get; } = Meter.CreateCounter<long>("payflow.outbox.published", "{event}", "Events that the broker confirmed.");

    internal static Counter<long> Parked { get; } = Meter.CreateCounter<long>("payflow.outbox.parked", "{event}", "Events that could not be published.");

    internal static Counter<long> Applied { get; } = Meter.CreateCounter<long>("payflow.inbox.applied", "{event}", "Events that took effect.");

    internal static Counter<long> Skipped { get; } = Meter.CreateCounter<long>("payflow.inbox.skipped", "{event}", "Events that had taken effect before.");

    internal static Counter<long> DeadLettered { get; } = Meter.CreateCounter<long>("payflow.inbox.dead_lettered", "{event}", "Events that could not be applied.");

    internal static Counter<long> Unreadable { get; } = Meter.CreateCounter<long>("payflow.inbox.unreadable", "{message}", "Messages without the headers of an event.");
}
