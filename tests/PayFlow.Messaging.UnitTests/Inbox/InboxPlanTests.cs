using FsCheck;
using FsCheck.Fluent;
using PayFlow.Kernel;
using PayFlow.Messaging.Inbox;
using Xunit;

namespace PayFlow.Messaging.UnitTests.Inbox;

public sealed class InboxPlanTests
{
    private static readonly Id[] Aggregates = [.. Enumerable.Range(0, 3).Select(slot => Id.New("tst", new Slot(slot), DateTimeOffset.UnixEpoch))];

    [Theory]
    [InlineData("last 0: 1 comes", 0, 0, new long[0], new long[] { 1 }, new long[] { 1 }, new long[0], 0)]
    [InlineData("last 2: 1 and 2 come again", 2, 0, new long[0], new long[] { 1, 2 }, new long[0], new long[0], 2)]
    [InlineData("last 2: 3 comes twice", 2, 0, new long[0], new long[] { 3, 3 }, new long[] { 3 }, new long[0], 1)]
    [InlineData("last 2: 4 comes too early", 2, 0, new long[0], new long[] { 4 }, new long[0], new long[] { 4 }, 0)]
    [InlineData("last 2: 5, 4 and 3 come in the wrong order", 2, 0, new long[0], new long[] { 5, 4, 3 }, new long[] { 3, 4, 5 }, new long[0], 0)]
    [InlineData("last 2, 4 and 6 wait: 3 comes", 2, 0, new long[] { 4, 6 }, new long[] { 3 }, new long[] { 3, 4 }, new long[0], 0)]
    [InlineData("last 2, 4 waits: 4 comes again", 2, 0, new long[] { 4 }, new long[] { 4 }, new long[0], new long[0], 0)]
    [InlineData("last 2, 3 waits though its turn has come: 9 comes", 2, 0, new long[] { 3 }, new long[] { 9 }, new long[] { 3 }, new long[] { 9 }, 0)]
    [InlineData("last 2, dead at 3: 4 and 5 come", 2, 3, new long[0], new long[] { 4, 5 }, new long[0], new long[] { 4, 5 }, 0)]
    [InlineData("last 2, dead at 3: 3 comes again", 2, 3, new long[] { 4 }, new long[] { 3 }, new long[0], new long[0], 1)]
    public void Make_OneAggregate_DecidesByTheTable(string when, long last, long deadAt, long[] waiting, long[] comes, long[] applied, long[] kept, int skipped)
    {
        var state = new Dictionary<OrderKey, OrderState> { [OrderKey.Of(Event(0, 1))] = new(last, deadAt) };
        var plan = InboxPlan.Make([.. comes.Select(sequence => Event(0, sequence))], state, [.. waiting.Select(sequence => Event(0, sequence))]);
        Assert.True(applied.SequenceEqual(plan.Apply.Select(received => received.Sequence)), when);
        Assert.Equal(kept, plan.Wait.Select(received => received.Sequence));
        Assert.Equal(skipped, plan.Skipped);
        if (applied.Length == 0)
            Assert.Empty(plan.Steps);
        else
            Assert.Equal(new OrderStep(OrderKey.Of(Event(0, 1)), last, applied[^1]), Assert.Single(plan.Steps));
    }

    [Fact]
    public void Make_AnyDeliveriesInAnyBatches_AppliesEachOnceAndInOrder() => Prop.ForAll<int, PositiveInt>((seed, size) =>
    {
        var random = new Random(seed);
        var deliveries = Aggregates.SelectMany((_, aggregate) => Enumerable.Range(1, 6).SelectMany(sequence => Enumerable.Repeat(Event(aggregate, sequence), 1 + random.Next(3)))).ToArray();
        random.Shuffle(deliveries);

        var states = new Dictionary<OrderKey, OrderState>();
        var waiting = new List<ReceivedEvent>();
        var applied = new List<ReceivedEvent>();
        foreach (var batch in deliveries.Chunk(1 + (size.Get % 9)))
        {
            // As the inbox does: what waits for the aggregates of the batch is read, the plan is carried out.
            var keys = batch.Select(OrderKey.Of).ToHashSet();
            var plan = InboxPlan.Make(batch, states, [.. waiting.Where(kept => keys.Contains(OrderKey.Of(kept)))]);
            applied.AddRange(plan.Apply);
            waiting.AddRange(plan.Wait);
            foreach (var step in plan.Steps)
            {
                if (states.GetValueOrDefault(step.Key).Last != step.From)
                    return false;
                states[step.Key] = new OrderState(step.To, 0);
            }

            waiting.RemoveAll(kept => kept.Sequence <= states.GetValueOrDefault(OrderKey.Of(kept)).Last);
        }

        return waiting.Count == 0
            && applied.Count == Aggregates.Length * 6
            && applied.GroupBy(OrderKey.Of).All(order => order.Select(received => received.Sequence).SequenceEqual([1, 2, 3, 4, 5, 6]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Make_SameAggregateInTwoTopics_CountsEachOnItsOwn()
    {
        var (one, other) = (Event(0, 1), Event(0, 1) with { Topic = "other" });
        Assert.Equal([one, other], InboxPlan.Make([one, other], new Dictionary<OrderKey, OrderState>(), []).Apply);
    }

    private static ReceivedEvent Event(int aggregate, long sequence) =>
        new("topic", 0, 0, "", "counted", Aggregates[aggregate], sequence, Aggregates[aggregate].Slot, DateTimeOffset.UnixEpoch, ReadOnlyMemory<byte>.Empty);
}
