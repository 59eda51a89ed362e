namespace PayFlow.Messaging.Inbox;

/// <summary>Order is promised per aggregate and topic: this names one such order.</summary>
internal readonly record struct OrderKey(string Topic, Guid Aggregate)
{
    public static OrderKey Of(ReceivedEvent received) => new(received.Topic, received.Aggregate.Value);
}

/// <summary>How far a consumer is with one aggregate.</summary>
/// <param name="Last">The last sequence number that took effect; 0 before the first.</param>
/// <param name="DeadAt">The dead letter that the aggregate stands still at: nothing is applied until it is replayed; 0 when there is none.</param>
internal readonly record struct OrderState(long Last, long DeadAt);

/// <summary>One step of a consumer with one aggregate.</summary>
internal readonly record struct OrderStep(OrderKey Key, long From, long To);

/// <summary>What to do with some events.</summary>
/// <param name="Apply">Take effect now, per aggregate in order.</param>
/// <param name="Wait">Came before their turn and are kept.</param>
/// <param name="Steps">How far each aggregate gets.</param>
/// <param name="Skipped">How many had taken effect before, or were given up.</param>
internal sealed record InboxPlan(IReadOnlyList<ReceivedEvent> Apply, IReadOnlyList<ReceivedEvent> Wait, IReadOnlyList<OrderStep> Steps, int Skipped)
{
    public static InboxPlan Nothing { get; } = new([], [], [], 0);

    /// <summary>Lower or equal is skipped, the next is applied, a later one waits; what waited is applied when the gap before it closes.</summary>
    /// <param name="events">What came, in order of arrival.</param>
    /// <param name="states">How far each aggregate is; absent means nothing took effect yet.</param>
    /// <param name="waiting">What waits already.</param>
    public static InboxPlan Make(IReadOnlyList<ReceivedEvent> events, IReadOnlyDictionary<OrderKey, OrderState> states, IReadOnlyList<ReceivedEvent> waiting)
    {
        var apply = new List<ReceivedEvent>(events.Count);
        var orders = new Dictionary<OrderKey, Order>();
        foreach (var kept in waiting)
            OrderOf(kept).Later.TryAdd(kept.Sequence, (kept, IsKept: true));
        foreach (var order in orders.Values)
            order.Close(apply);

        var skipped = 0;
        foreach (var received in events)
        {
            var order = OrderOf(received);
            if (received.Sequence <= order.Last || received.Sequence == order.DeadAt)
            {
                skipped++;
                continue;
            }

            order.Later.TryAdd(received.Sequence, (received, IsKept: false));
            order.Close(apply);
        }

        return new InboxPlan(
            apply,
            [.. orders.Values.SelectMany(order => order.Later.Values).Where(later => !later.IsKept).Select(later => later.Event)],
            [.. orders.Where(order => order.Value.Last > order.Value.Began).Select(order => new OrderStep(order.Key, order.Value.Began, order.Value.Last))],
            skipped);

        Order OrderOf(ReceivedEvent received)
        {
            var key = OrderKey.Of(received);
            if (!orders.TryGetValue(key, out var order))
                orders[key] = order = new Order(states.GetValueOrDefault(key));
            return order;
        }
    }

    private sealed class Order(OrderState state)
    {
        public long Began => state.Last;

        public long DeadAt => state.DeadAt;

        public long Last { get; private set; } = state.Last;

        public SortedDictionary<long, (ReceivedEvent Event, bool IsKept)> Later { get; } = [];

        /// <summary>Applies what comes next without a gap.</summary>
        public void Close(List<ReceivedEvent> apply)
        {
            while (DeadAt == 0 && Later.Remove(Last + 1, out var next))
            {
                apply.Add(next.Event);
                Last++;
            }
        }
    }
}
