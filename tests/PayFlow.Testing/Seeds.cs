using System.Security.Cryptography;
using Xunit.Abstractions;

namespace PayFlow.Testing;

/// <summary>Randomness that can be had again: <c>TEST_SEED</c> in the environment, or a seed that the test prints.</summary>
public static class Seeds
{
    /// <summary>The seed.</summary>
    public static int Number(ITestOutputHelper output)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("TEST_SEED"), out var given) ? given : RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"TEST_SEED={seed}");
        return seed;
    }

    /// <summary>Randomness from it.</summary>
    public static Random Next(ITestOutputHelper output) => new(Number(output));
}
