using System.Text.Json;
using PayFlow.Testing;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>Runs foreign-client/client.cjs.</summary>
internal static class ForeignClient
{
    private static readonly NodeProgram Client = new("tests/PayFlow.Standins.Grpc.UnitTests/foreign-client");

    /// <param name="address">host:port</param>
    /// <returns>What the client saw.</returns>
    public static async Task<JsonElement> RunAsync(string address)
    {
        var (exitCode, output) = await Client.RunAsync("node", "client.cjs", address, Path.Combine(AppContext.BaseDirectory, "echo.proto"));
        Assert.True(exitCode == 0, output);
        return JsonDocument.Parse(output).RootElement;
    }
}
