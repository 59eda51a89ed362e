namespace PayFlow.Testing.IntegrationTests;

public sealed class RedisServerTests
{
    [Fact]
    public async Task Kill_ThenStart_AnswersOnTheSamePortWithNothingInIt()
    {
        await using var server = await RedisServer.StartNewAsync();
        Assert.Equal("+OK", await Tcp.AskAsync(server.Port, "SET key value"));

        await server.KillAsync();
        Assert.False(await Tcp.IsOpenAsync(server.Port));
        await server.StartAsync();

        Assert.Equal("$-1", await Tcp.AskAsync(server.Port, "GET key"));
    }

    [Fact]
    public async Task Stop_Running_EndsWithSuccess()
    {
        await using var server = await RedisServer.StartNewAsync();

        await server.StopAsync();

        Assert.Equal(0, server.ExitCode);
    }
}
