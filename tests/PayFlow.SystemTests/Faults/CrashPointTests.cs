using PayFlow.Demo;
using PayFlow.Demo.Books;
using PayFlow.SystemTests.Running;
using Xunit.Abstractions;

namespace PayFlow.SystemTests.Faults;

/// <summary>How the system comes back from a crash.</summary>
public enum Recovery
{
    /// <summary>The client sends its request again, with the same key.</summary>
    Retry,

    /// <summary>The client never comes back: the sweep finishes alone.</summary>
    Sweep,

    /// <summary>Everything that was ever published is delivered again.</summary>
    Duplicate,
}

/// <summary>
/// Kills the process that passes a named crash point, in the middle of a payment's way from the gateway to the ledger, lets it come back, and compares all books.
/// </summary>
[Collection(OneSystem.Name)]
public sealed class CrashPointTests(SharedSystem shared, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly PayFlowSystem _system = shared.System;
    private readonly List<Acknowledged> _acknowledged = [];

    public static TheoryData<string, Recovery> Cases()
    {
        var cases = new TheoryData<string, Recovery>();
        foreach (var name in CrashPointList.Names)
        {
            foreach (var recovery in Enum.GetValues<Recovery>())
                cases.Add(name, recovery);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Crash_AtAnyNamedPoint_LosesAndDoublesNothing(string crashPoint, Recovery recovery)
    {
        var service = CrashPointList.ServiceOf(crashPoint);
        await _system.ArmAsync(service, crashPoint);
        var key = $"crash-{crashPoint}-{recovery}-{Unique.Id()}";
        var walk = WalkAsync(key, recovery);
        var died = await _system.HasDiedAsync(service, TimeSpan.FromSeconds(30));
        Assert.True(died, $"{service} never passed {crashPoint}: nothing was tested.");
        await _system.StartAgainAsync(service);
        await walk;

        if (recovery == Recovery.Duplicate)
            output.WriteLine(await _system.RepublishAsync());
        await _system.AssertBooksAgreeAsync(_acknowledged, Patience);
    }

    /// <summary>One payment all the way; what the client is told goes into the list of what must be found again.</summary>
    private async Task WalkAsync(string key, Recovery recovery)
    {
        // Without patience the client gives up at the first lost answer.
        using var client = _system.Client(recovery == Recovery.Sweep ? TimeSpan.Zero : Patience);
        using var patient = _system.Client(Patience);
        try
        {
            var token = await patient.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
            var payment = await client.PayAsync(key, token, 2400, "USD", capture: false, CancellationToken.None);
            Acknowledge(payment);
            Acknowledge(await client.CaptureAsync($"{key}-capture", payment["id"]!.GetValue<string>(), CancellationToken.None));
            Acknowledge(await client.PayAsync($"{key}-auto", token, 2500, "USD", capture: true, CancellationToken.None));
        }
        catch (TimeoutException lost) when (recovery == Recovery.Sweep)
        {
            output.WriteLine($"The client gave up: {lost.Message}");
        }

        await CutoffAsync();
    }

    private async Task CutoffAsync()
    {
        var captured = _acknowledged.Where(answer => answer.Captured > 0).Select(answer => answer.PaymentId).ToHashSet();
        await UntilAsync(async () => captured.IsSubsetOf((await _system.Books.ReadAsync(CancellationToken.None)).Items.Select(item => item.PaymentId)));
        await UntilAsync(async () => (await _system.Books.CutoffAsync(CancellationToken.None)) is not null);
        await UntilAsync(async () => !(await _system.Books.BatchesAsync(CancellationToken.None)).Any(batch => batch.State is "prepared" or "submitted" or "accepted"));
    }

    /// <summary>Tries until it holds, also while the process that would answer is away.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if (await holds())
                    return;
            }
            catch (Exception away) when (away is Grpc.Core.RpcException or HttpRequestException && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                // It is being killed or is coming back: that is what this test does to it.
                await Task.Delay(50);
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "The day did not end.");
            await Task.Delay(100);
        }
    }

    private void Acknowledge(System.Text.Json.Nodes.JsonObject payment) => _acknowledged.Add(new Acknowledged(
        payment["id"]!.GetValue<string>(), payment["amounts"]!["authorized"]!.GetValue<long>(), payment["amounts"]!["captured"]!.GetValue<long>()));
}
