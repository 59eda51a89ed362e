namespace PayFlow.Messaging.Relay;

/// <summary>A lane and who publishes it.</summary>
/// <param name="Number">0 and up.</param>
/// <param name="Owner">The relay that has it, or had it last.</param>
/// <param name="IsLive">Its lease has not expired.</param>
internal readonly record struct Lane(short Number, string? Owner, bool IsLive);

/// <summary>Which lanes a relay should hold.</summary>
internal static class LaneShare
{
    /// <summary>
    /// Every living relay gets its share, rounded up. What it holds it keeps as far as that goes; lanes that nobody holds fill it up; it takes none
    /// from another, who gives up too many by itself.
    /// </summary>
    public static IReadOnlyList<short> Decide(IReadOnlyList<Lane> lanes, string me, int relays)
    {
        var share = (lanes.Count + relays - 1) / relays;
        var mine = lanes.Where(lane => lane.IsLive && lane.Owner == me);
        var free = lanes.Where(lane => !lane.IsLive || lane.Owner is null);
        return [.. mine.Concat(free).Select(lane => lane.Number).Take(share).Order()];
    }
}
