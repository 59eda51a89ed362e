namespace PayFlow.Topics.IntegrationTests;

public sealed class TopicPlanTests
{
    private static readonly string[] Wanted = ["a", "b"];

    [Fact]
    public void Broker_WithWhatIsWantedAndMore_NeedsNothing()
    {
        var plan = TopicPlan.Of(new Dictionary<string, int> { ["a"] = 3, ["b"] = 3, ["somebody-else's"] = 7 }, Wanted, partitions: 3);

        Assert.Empty(plan.Missing);
        Assert.Empty(plan.Faults);
    }

    [Fact]
    public void Broker_WithoutATopic_NeedsIt()
    {
        var plan = TopicPlan.Of(new Dictionary<string, int> { ["b"] = 3 }, Wanted, partitions: 3);

        Assert.Equal(["a"], plan.Missing);
        Assert.Empty(plan.Faults);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Broker_WithAnotherPartitionCount_IsAtFault(int count)
    {
        var plan = TopicPlan.Of(new Dictionary<string, int> { ["a"] = 3, ["b"] = count }, Wanted, partitions: 3);

        Assert.Empty(plan.Missing);
        Assert.Equal([$"topic b has {count} partitions, and 3 are wanted"], plan.Faults);
    }
}
