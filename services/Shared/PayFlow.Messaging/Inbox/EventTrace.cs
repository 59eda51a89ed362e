using System.Diagnostics;

namespace PayFlow.Messaging.Inbox;

/// <summary>
/// The spans of a batch: one per event, in the event's own trace, so that a trace that began at the gateway goes on here. What the consumer itself
/// does (its SQL) belongs to the event's span when the batch is of one trace, else to a span of the batch that links to all of them.
/// </summary>
internal sealed class EventTrace : IDisposable
{
    private readonly Activity? _before = Activity.Current;
    private readonly List<Activity> _activities = [];

    public EventTrace(string consumer, IReadOnlyList<ReceivedEvent> events)
    {
        if (!MessagingTelemetry.Source.HasListeners())
            return;

        Activity.Current = null;
        var links = new List<ActivityLink>();
        foreach (var received in events)
        {
            ActivityContext.TryParse(received.TraceParent, null, isRemote: true, out var parent);
            if (MessagingTelemetry.Source.StartActivity($"process {received.Topic}", ActivityKind.Consumer, parent) is not { } activity)
                continue;
            activity.SetTag("messaging.consumer.group.name", consumer);
            activity.SetTag("messaging.message.id", received.Id);
            activity.SetTag("payflow.event.type", received.Type);
            activity.SetTag("payflow.aggregate", received.Aggregate.ToString());
            _activities.Add(activity);
            links.Add(new ActivityLink(activity.Context));
            Activity.Current = null;
        }

        if (_activities.DistinctBy(activity => activity.TraceId).Take(2).Count() < 2)
            Activity.Current = _activities.FirstOrDefault();
        else if (MessagingTelemetry.Source.StartActivity(ActivityKind.Consumer, default, null, links, default, $"process batch of {consumer}") is { } batch)
            _activities.Add(batch);
    }

    public void Fail(Exception refusal)
    {
        foreach (var activity in _activities)
            activity.SetStatus(ActivityStatusCode.Error, refusal.Message);
    }

    public void Dispose()
    {
        foreach (var activity in _activities)
            activity.Dispose();
        Activity.Current = _before;
    }
}
