using System.Text.RegularExpressions;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>Every crash point of Auth, read from its sources.</summary>
internal static partial class CrashPoints
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.Path("services", "Auth"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Hit().Matches(File.ReadAllText(file)).Select(hit => hit.Groups[1].Value))
            .Distinct().Order(),
    ];

    [GeneratedRegex("CrashPoint\\.Hit\\(\"([a-z_.]+)\"\\)")]
    private static partial Regex Hit();
}
