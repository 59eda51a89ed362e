using System.Globalization;

namespace PayFlow.Testing.IntegrationTests;

public sealed class ProcessStarterTests
{
    [Fact]
    public async Task TestProcess_Killed_TakesItsServersWithIt()
    {
        await using var test = new ServiceProcess(typeof(ProcessStarterTests).Assembly.Location, new Dictionary<string, string?>());
        await test.StartAsync();
        const string Prefix = "Redis listens on ";
        var line = await test.WaitForLineAsync(written => written.StartsWith(Prefix, StringComparison.Ordinal));
        var port = int.Parse(line[Prefix.Length..], CultureInfo.InvariantCulture);
        Assert.True(await Tcp.IsOpenAsync(port));

        await test.KillAsync();

        for (var attempt = 0; attempt < 100 && await Tcp.IsOpenAsync(port); attempt++)
            await Task.Delay(50);
        Assert.False(await Tcp.IsOpenAsync(port));
    }

    [Fact]
    public async Task ServiceProcess_NeverHealthy_SaysWhatItWrote()
    {
        await using var test = new ServiceProcess(typeof(ProcessStarterTests).Assembly.Location, new Dictionary<string, string?>());
        await test.StartAsync();
        await test.WaitForLineAsync(line => line.StartsWith("Redis", StringComparison.Ordinal));

        var failure = await Assert.ThrowsAsync<TimeoutException>(
            () => test.WaitForHealthAsync(new Uri($"http://127.0.0.1:{FreePort.Next()}"), TimeSpan.FromMilliseconds(200)));

        Assert.Contains("Redis listens on", failure.Message, StringComparison.Ordinal);
    }
}
