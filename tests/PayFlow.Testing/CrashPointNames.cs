using System.Text.RegularExpressions;

namespace PayFlow.Testing;

/// <summary>The crash points that stand in the sources: one that is added is tested without being listed anywhere.</summary>
public static partial class CrashPointNames
{
    /// <summary>All of a folder below <see cref="Repository.Root"/>, in the order of their names.</summary>
    public static IReadOnlyList<string> In(params ReadOnlySpan<string> folder) =>
    [
        .. Directory.EnumerateFiles(Repository.Path(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(file => Hit().Matches(File.ReadAllText(file)).Select(hit => hit.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    [GeneratedRegex("CrashPoint\\.Hit\\(\"([a-z_.]+)\"\\)")]
    private static partial Regex Hit();
}
