using System.Text.RegularExpressions;
using Xunit;

namespace PayFlow.Testing;

/// <summary>Who goes on after a crash.</summary>
public enum Recovery
{
    /// <summary>The client sends its request again, with the same key.</summary>
    Retry,

    /// <summary>The client never comes back: the sweep finishes alone.</summary>
    Sweep,
}

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

    /// <summary>
    /// Each point with one of the two recoveries, the other one tomorrow; with <c>PAYFLOW_CRASH_POINTS=all</c> with both, which takes twice as long.
    /// </summary>
    public static TheoryData<string, Recovery> WithRecoveries(IEnumerable<string> names)
    {
        var all = Environment.GetEnvironmentVariable("PAYFLOW_CRASH_POINTS") == "all";
        var today = TimeProvider.System.GetUtcNow().DayOfYear;
        var cases = new TheoryData<string, Recovery>();
        foreach (var (index, name) in names.Index())
        {
            var recovery = (index + today) % 2 == 0 ? Recovery.Retry : Recovery.Sweep;
            cases.Add(name, recovery);
            if (all)
                cases.Add(name, recovery == Recovery.Retry ? Recovery.Sweep : Recovery.Retry);
        }

        return cases;
    }

    [GeneratedRegex("CrashPoint\\.Hit\\(\"([a-z_.]+)\"\\)")]
    private static partial Regex Hit();
}
