using PayFlow.SystemTests.Running;
using PayFlow.Testing;

namespace PayFlow.SystemTests.Faults;

/// <summary>A broker that forgets everything: the outboxes publish again, and the books agree.</summary>
public sealed class LostBrokerTests
{
    [Fact]
    public async Task EmbeddedBroker_KilledWithEverythingInIt_ConvergesAfterRepublish()
    {
        await using var system = await PayFlowSystem.StartAsync(offset: 5_000, KeyValuePair.Create<string, string?>("KAFKA_HOME", null));
        await LoseAsync(system, () => { });
        Assert.Contains("in memory", system.Log("kafka"), StringComparison.OrdinalIgnoreCase);
    }

    [ApacheFact]
    public async Task ApacheKafka_WipedOfEverything_ConvergesAfterRepublish()
    {
        await using var system = await PayFlowSystem.StartAsync(offset: 5_000);
        await LoseAsync(system, () => Directory.Delete(Path.Combine(system.State, "kafka"), recursive: true));
    }

    private static async Task LoseAsync(PayFlowSystem system, Action wipe)
    {
        await using var load = new Load(system, clients: 2);
        await Task.Delay(TimeSpan.FromSeconds(2));
        await system.KillAsync("kafka");
        wipe();
        await Task.Delay(TimeSpan.FromSeconds(1));
        await system.StartAgainAsync("kafka");
        await system.StartAgainAsync("topics");
        await Task.Delay(TimeSpan.FromSeconds(1));
        var acknowledged = await load.StopAsync();
        Assert.NotEmpty(acknowledged);
        await system.RepublishAsync();
        await system.AssertBooksAgreeAsync(acknowledged, TimeSpan.FromMinutes(1));
        await system.Books.CutoffAsync(CancellationToken.None);
        await system.AssertBooksAgreeAsync(acknowledged, TimeSpan.FromMinutes(1));
    }
}
