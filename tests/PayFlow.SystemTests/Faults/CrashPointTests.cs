using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.Demo.Books;
using PayFlow.SystemTests.Running;
using PayFlow.Testing;
using Xunit.Abstractions;

namespace PayFlow.SystemTests.Faults;

/// <summary>
/// Kills the process that passes a named crash point, in the middle of a payment's way from the gateway to the ledger, lets it come back, and compares all books.
/// Then everything that was published since is delivered once more, and the books still agree.
/// </summary>
[Collection(OneSystem.Name)]
public sealed class CrashPointTests(SharedSystem shared, ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly PayFlowSystem _system = shared.System;
    private readonly List<Acknowledged> _acknowledged = [];

    public static TheoryData<string, Recovery> Cases() => CrashPointNames.WithRecoveries(CrashPointList.Names);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Crash_AtAnyNamedPoint_LosesAndDoublesNothing(string crashPoint, Recovery recovery)
    {
        await _system.MendAsync();
        var service = CrashPointList.ServiceOf(crashPoint);
        var began = TimeProvider.System.GetUtcNow();
        if (crashPoint == "auth.recovery.claimed")
            await LeaveBehindAsync();
        await _system.ArmAsync(service, crashPoint);
        var walk = WalkAsync($"crash-{crashPoint}-{recovery}-{Unique.Id()}", recovery, withReturn: crashPoint.StartsWith("reconciler.return.", StringComparison.Ordinal));
        var died = await _system.HasDiedAsync(service, TimeSpan.FromSeconds(30));
        Assert.True(died, $"{service} never passed {crashPoint}: nothing was tested.");
        await _system.StartAgainAsync(service);
        await walk;
        await _system.AssertBooksAgreeAsync(_acknowledged, Patience);

        await _system.RepublishAsync(began);
        await _system.AssertBooksAgreeAsync(_acknowledged, Patience);
        output.WriteLine($"{(TimeProvider.System.GetUtcNow() - began).TotalSeconds:0.0} s");
    }

    /// <summary>A payment that a dead process left lying, for somebody to recover.</summary>
    private async Task LeaveBehindAsync()
    {
        await _system.ArmAsync("auth", "auth.acquirer.answered");
        using var impatient = _system.Client(TimeSpan.Zero);
        using var client = _system.Client();
        var token = await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
        await Assert.ThrowsAsync<TimeoutException>(() => impatient.PayAsync($"left-{Unique.Id()}", token, 2300, "USD", capture: false, CancellationToken.None));
        Assert.True(await _system.HasDiedAsync("auth", Patience));
        await _system.StartAgainAsync("auth");
    }

    /// <summary>Payments of every kind, all the way; what the client is told goes into the list of what must be found again.</summary>
    /// <param name="withReturn">A bank debit that is settled and returned, too: banks take days, of a second each.</param>
    private async Task WalkAsync(string key, Recovery recovery, bool withReturn)
    {
        using var patient = _system.Client(Patience);
        using var client = recovery == Recovery.Sweep ? _system.Client(TimeSpan.Zero) : _system.Client(Patience);
        var token = await patient.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
        var disputing = await patient.TokenizeAsync("4000000000000259", CancellationToken.None);   // by itself, as soon as it is settled
        List<Func<Task>> ways =
        [
            async () =>
            {
                var payment = Acknowledge(await client.PayAsync($"{key}-1", token, 2400, "USD", capture: false, CancellationToken.None));
                Acknowledge(await client.CaptureAsync($"{key}-1c", payment, CancellationToken.None));
            },
            async () => Acknowledge(await client.PayAsync($"{key}-2", token, 2500, "USD", capture: true, CancellationToken.None)),
            async () => Acknowledge(await client.PayAsync($"{key}-3", token, 2600, "USD", capture: true, CancellationToken.None, respondAsync: true)),
            async () =>
            {
                var payment = Acknowledge(await client.PayAsync($"{key}-4", token, 2700, "USD", capture: false, CancellationToken.None));
                await client.VoidAsync($"{key}-4v", payment, CancellationToken.None);
            },
            async () => Acknowledge(await client.PayAsync($"{key}-7", token, 3100, "USD", capture: true, CancellationToken.None, authenticate: true)),
            async () => Acknowledge(await client.PayAsync($"{key}-8", disputing, 3300, "USD", capture: true, CancellationToken.None)),
            () => PayAndRefundAsync($"{key}-5", 2800, null),   // before it is settled: its capture is voided
            () => PayAndRefundAsync($"{key}-6", 2900, 900),
        ];
        if (withReturn)
        {
            var returning = await patient.TokenizeAccountAsync("000222222227", CancellationToken.None);
            ways.Add(async () => Acknowledge(await client.PayAsync($"{key}-9", returning, 3500, "USD", capture: true, CancellationToken.None, method: "bank_account")));
        }

        foreach (var way in ways)
        {
            try
            {
                await way();
            }
            catch (TimeoutException lost) when (recovery == Recovery.Sweep)
            {
                output.WriteLine($"The client gave up: {lost.Message}");
            }
        }

        await SettleAsync();

        async Task PayAndRefundAsync(string name, long amount, long? refund)
        {
            var payment = Acknowledge(await client.PayAsync(name, token, amount, "USD", capture: true, CancellationToken.None));
            await patient.UntilAsync(payment, paid => paid["amounts"]!["captured"]!.GetValue<long>() == amount, CancellationToken.None);
            Acknowledge(await client.RefundAsync($"{name}r", payment, refund, "USD", CancellationToken.None));
        }
    }

    private async Task SettleAsync()
    {
        var captured = _acknowledged.Where(answer => answer.Captured > 0).Select(answer => answer.PaymentId).ToHashSet();
        await UntilAsync(async () => captured.IsSubsetOf((await _system.Books.ReadAsync(CancellationToken.None)).Items.Select(item => item.PaymentId)));
        await UntilAsync(async () => (await _system.Books.CutoffAsync(CancellationToken.None)) is not null);
        await UntilAsync(async () => !(await _system.Books.BatchesAsync(CancellationToken.None)).Any(batch => batch.State is "prepared" or "submitted" or "accepted"));
    }

    /// <summary>Tries until it holds, also while the process that would answer is away: that is what this test does to it.</summary>
    private async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        var last = "it did not hold";
        while (TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            try
            {
                if (await holds())
                    return;
            }
            catch (Exception away) when (away is Grpc.Core.RpcException or HttpRequestException or HttpIOException)
            {
                last = away.Message;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"The day did not end: {last}. Logs: {_system.State}/logs");
    }

    private string Acknowledge(JsonObject payment)
    {
        var id = payment["id"]!.GetValue<string>();
        _acknowledged.Add(new Acknowledged(id, payment["amounts"]!["authorized"]!.GetValue<long>(), payment["amounts"]!["captured"]!.GetValue<long>(),
            payment["amounts"]!["refunded"]!.GetValue<long>()));
        return id;
    }
}
