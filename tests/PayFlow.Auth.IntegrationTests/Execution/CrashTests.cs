using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>Kills Auth at every named crash point, in the middle of a merchant's day, and looks whether anything was lost or doubled.</summary>
[Collection(OneWorld.Name)]
public sealed class CrashTests(World world)
{
    // Passed only by who takes over from the dead, tells webhook endpoints, gives an acquirer up, lets go of a hold that lapsed, finds an orphan, moves no money (SimpleRequestTests), is
    // disputed (PayFlow.SystemTests), or rotates keys (RotationTests).
    private static readonly string[] NotInADay = ["auth.recovery.", "auth.webhook.", "auth.expiry.", "auth.orphan.", "auth.simple.", "auth.vault.", "auth.dispute."];

    public static TheoryData<string, Recovery> Cases() =>
        CrashPointNames.WithRecoveries(CrashPointNames.In("services", "Auth").Where(point => !NotInADay.Any(part => point.StartsWith(part, StringComparison.Ordinal))));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Crash_AtAnyPoint_LosesAndDoublesNothing(string crashPoint, Recovery recovery)
    {
        await using var auth = new AuthProcess(world, world.QuietDatabase, ShortLease);
        await auth.StartAsync(crashPoint);
        await auth.WaitForHealthAsync();
        using var merchant = await auth.NewMerchantAsync();
        var day = new MerchantsDay(merchant, recovery == Recovery.Retry);
        var walk = day.WalkAsync();
        while (auth.IsRunning && !walk.IsCompleted)
        {
            await Task.Delay(20);
        }

        for (var i = 0; i < 100 && auth.IsRunning; i++)   // a connection is cut before the process is seen to be dead
        {
            await Task.Delay(50);
        }

        Assert.False(auth.IsRunning, $"Nobody passed {crashPoint}: nothing was tested. The day:\n{day}\n{walk.Exception}");
        await auth.StartAsync();
        await walk;
        await Agreement.WaitForRestAsync(auth, world.QuietDatabase, merchant.Merchant);
        await Agreement.AssertAsync(world, auth, world.QuietDatabase, merchant.Merchant);
        await day.AssertAnswersStandAsync();
    }

    [Fact]
    public async Task Crash_AfterATakeover_IsTakenOverAgain()
    {
        await using var auth = new AuthProcess(world, world.QuietDatabase, ShortLease);
        await auth.StartAsync("auth.attempt.committed");
        await auth.WaitForHealthAsync();
        using var merchant = await auth.NewMerchantAsync();
        await new MerchantsDay(merchant, comesBack: false).WalkAsync();
        await UntilDeadAsync(auth);
        await auth.StartAsync("auth.recovery.claimed");
        await UntilDeadAsync(auth);
        await auth.StartAsync();
        await Agreement.WaitForRestAsync(auth, world.QuietDatabase, merchant.Merchant);
        await Agreement.AssertAsync(world, auth, world.QuietDatabase, merchant.Merchant);
        Assert.Equal("authorized", Assert.Single(await auth.PaymentsAsync(merchant.Merchant)).Status);
    }

    [Fact]
    public async Task Crash_AfterAReversal_IsReversedAgainAndFails()
    {
        var database = await world.Postgres.CreateDatabaseAsync("payments");
        await using var auth = new AuthProcess(world, database, settings =>
        {
            ShortLease(settings);
            settings["Auth:Executor:ResolveFor"] = "00:00:02";
        });
        await auth.StartAsync("auth.recovery.reversed");
        await auth.WaitForHealthAsync();
        using var merchant = await auth.NewMerchantAsync();
        var chaos = await world.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["lost_reply_rate"] = 1.0 });
        await using (chaos)
        {
            var accepted = await merchant.PostAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync()), MerchantClient.NewKey());
            Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
            await Task.Delay(TimeSpan.FromSeconds(4));   // the rounds that began before it was open for too long are over
        }

        await UntilDeadAsync(auth);
        await auth.StartAsync();
        await Agreement.WaitForRestAsync(auth, database, merchant.Merchant);
        await Agreement.AssertAsync(world, auth, database, merchant.Merchant);
        Assert.Equal("failed", Assert.Single(await auth.PaymentsAsync(merchant.Merchant)).Status);
    }

    [Theory]
    [InlineData("auth.recovery.claimed")]
    [InlineData("auth.operation.reserved")]
    [InlineData("auth.expiry.answered")]
    [InlineData("auth.expiry.committed")]
    public async Task Crash_WhileAHoldLapses_IsReleasedOnce(string crashPoint)
    {
        await using var auth = new AuthProcess(world, world.QuietDatabase, ShortLease);
        await auth.StartAsync();
        using var merchant = await auth.NewMerchantAsync();
        var paid = await merchant.PayAsync();
        var partly = await merchant.PayAsync(1000);
        await merchant.CaptureAsync(partly["id"]!, 400);
        await auth.StopAsync();
        await Holds.LapseAsync(world.QuietDatabase, paid["id"]!);
        await Holds.LapseAsync(world.QuietDatabase, partly["id"]!);

        await auth.StartAsync(crashPoint);
        await UntilDeadAsync(auth);
        await auth.StartAsync();
        await merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "expired", seconds: 30);
        await merchant.UntilAsync(partly["id"]!, answer => answer["status"] == "captured", seconds: 30);
        await Agreement.AssertAsync(world, auth, world.QuietDatabase, merchant.Merchant);
        Assert.All(await auth.PaymentsAsync(merchant.Merchant), payment => Assert.Single(payment.Operations, operation => operation.Kind == "expire"));
    }

    [Fact]
    public async Task Stop_WhilePaymentsRun_LeavesNothingBehind()
    {
        await using var auth = new AuthProcess(world, world.QuietDatabase);
        await auth.StartAsync();
        using var merchant = await auth.NewMerchantAsync();
        var token = await merchant.TokenAsync();
        var chaos = await world.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["latency_ms"] = 300 });
        await using (chaos)
        {
            var running = Enumerable.Range(0, 10).Select(_ => merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 100), MerchantClient.NewKey())).ToList();
            await Task.Delay(200);
            await auth.StopAsync();
            var answers = await Task.WhenAll(running.Select(MerchantsDay.OrNullAsync));
            Assert.All(answers.OfType<Answer>(), answer => Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.Accepted or HttpStatusCode.ServiceUnavailable, answer.ToString()));
        }

        await auth.StartAsync();
        await Agreement.WaitForRestAsync(auth, world.QuietDatabase, merchant.Merchant);
        await Agreement.AssertAsync(world, auth, world.QuietDatabase, merchant.Merchant);
    }

    private static void ShortLease(Dictionary<string, string?> settings)
    {
        settings["Auth:Executor:LeaseDuration"] = "00:00:01";
        settings["Auth:Sweep:IntakeAge"] = "00:00:00.5";
    }

    private static async Task UntilDeadAsync(AuthProcess auth)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (auth.IsRunning)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "The crash point was never passed: nothing was tested.");
            await Task.Delay(50);
        }
    }
}
