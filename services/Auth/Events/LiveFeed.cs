using PayFlow.Messaging.Feeds;

namespace PayFlow.Auth.Events;

/// <summary>A feed that somebody in this process listens to: read once for all of them.</summary>
internal sealed class LiveFeed(Feed feed, long position)
{
    private readonly Lock gate = new();
    private readonly List<Listener> listeners = [];

    public Feed Feed { get; } = feed;

    /// <summary>The number up to which all listeners have been offered everything.</summary>
    public long Position { get; private set; } = position;

    public int Listeners
    {
        get
        {
            lock (gate)
            {
                return listeners.Count;
            }
        }
    }

    public void Add(Listener listener)
    {
        lock (gate)
        {
            listeners.Add(listener);
        }
    }

    public void Remove(Listener listener)
    {
        lock (gate)
        {
            listeners.Remove(listener);
        }
    }

    public void Offer(IReadOnlyList<Frame> frames)
    {
        lock (gate)
        {
            foreach (var frame in frames)
            {
                foreach (var listener in listeners)
                {
                    listener.Offer(frame);
                }
            }

            Position = frames[^1].Number;
        }
    }

    /// <summary>Empties a listener's buffer.</summary>
    /// <returns>The number after which it collects everything again.</returns>
    public long Restart(Listener listener)
    {
        lock (gate)
        {
            listener.Buffer.Clear();
            return Position;
        }
    }
}

/// <summary>One client's ear at a feed.</summary>
internal sealed class Listener(LiveFeed feed, IReadOnlyCollection<string>? types, int capacity, Action<Listener> leave) : IDisposable
{
    public LiveFeed Live { get; } = feed;

    public IReadOnlyCollection<string>? Types { get; } = types;

    public EventBuffer Buffer { get; } = new(capacity);

    /// <inheritdoc cref="LiveFeed.Restart"/>
    public long Restart() => Live.Restart(this);

    public void Offer(Frame frame)
    {
        if (Types is null || Types.Contains(frame.Type))
        {
            Buffer.Offer(frame);
        }
    }

    public void Dispose() => leave(this);
}
