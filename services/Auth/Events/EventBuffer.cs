using PayFlow.Messaging.Feeds;

namespace PayFlow.Auth.Events;

/// <summary>An event as the stream sends it; the same for all who hear it.</summary>
internal sealed record Frame(long Number, string Type, DateTimeOffset OccurredAt, ReadOnlyMemory<byte> Text)
{
    public static Frame Of(Feed feed, FeedEvent @event)
    {
        var view = EventView.Of(feed, @event);
        return new Frame(@event.Number, @event.Type, @event.OccurredAt, (byte[])[.. "id: "u8, .. System.Text.Encoding.ASCII.GetBytes(view.Id.ToString()), .. "\ndata: "u8, .. view.ToJson(), .. "\n\n"u8]);
    }
}

/// <summary>Events that one client did not get because it was too slow.</summary>
/// <param name="Count">How many; of the types that it asked for.</param>
internal sealed record Dropped(long Count, Frame First, Frame Last);

/// <summary>What waits for one client: bounded, and it's the oldest that go when it is full.</summary>
internal sealed class EventBuffer(int capacity)
{
    private readonly Lock gate = new();
    private readonly Queue<Frame> waiting = new();
    private TaskCompletionSource filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Dropped? dropped;
    private long seen;

    /// <summary>Adds an event. Never waits, whatever the client does.</summary>
    public void Offer(Frame frame)
    {
        lock (gate)
        {
            if (frame.Number <= seen)
            {
                return;
            }

            if (waiting.Count == capacity)
            {
                var oldest = waiting.Dequeue();
                dropped = dropped is null ? new Dropped(1, oldest, oldest) : dropped with { Count = dropped.Count + 1, Last = oldest };
            }

            waiting.Enqueue(frame);
            filled.TrySetResult();
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            waiting.Clear();
            dropped = null;
            seen = 0;
            filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>The client has seen everything up to a number, from elsewhere: what waits goes on after it.</summary>
    /// <returns>False when something was dropped already, so that what waits may not follow on that number.</returns>
    public bool TryGoOnAfter(long number)
    {
        lock (gate)
        {
            if (dropped is not null)
            {
                return false;
            }

            seen = number;
            while (waiting.TryPeek(out var next) && next.Number <= number)
            {
                waiting.Dequeue();
            }

            return true;
        }
    }

    /// <summary>What was dropped since the last time, and after that in the feed, in order, what waits.</summary>
    public (Dropped? Dropped, IReadOnlyList<Frame> Frames) Take()
    {
        lock (gate)
        {
            (Dropped?, IReadOnlyList<Frame>) taken = (dropped, [.. waiting]);
            waiting.Clear();
            dropped = null;
            filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return taken;
        }
    }

    /// <summary>Waits until there is something to take.</summary>
    /// <returns>False when there was nothing for so long.</returns>
    public async Task<bool> WaitAsync(TimeSpan patience, TimeProvider time, CancellationToken ct)
    {
        Task isFilled;
        lock (gate)
        {
            isFilled = filled.Task;
        }

        try
        {
            await isFilled.WaitAsync(patience, time, ct);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
