using System.Globalization;
using System.Text.RegularExpressions;

namespace PayFlow.Benchmarks;

/// <summary>
/// Processor time of the running system by part (gateway, Auth, Postgres …), read from Linux's /proc: all processes that descend from this tree's AppHost. On
/// other systems nothing is found, and nothing is shown.
/// </summary>
internal sealed partial class ProcessorTime
{
    // …/tests/PayFlow.Benchmarks/bin/Release/net10.0/
    private static readonly string Tree = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../..")) + "/";
    private static readonly string AppHost = $"{Tree}PayFlow.AppHost/";

    // sysconf(_SC_CLK_TCK) is 100 wherever .NET runs on Linux.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, TimeSpan> _byPart;

    private ProcessorTime(Dictionary<string, TimeSpan> byPart) => _byPart = byPart;

    /// <summary>What has been used up to now; <paramref name="load"/> is this process.</summary>
    public static ProcessorTime Now(string load = "load")
    {
        var processes = OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc").Select(Read).OfType<ProcessRow>().ToList() : [];
        var ours = processes.Where(process => process.Command.Contains(AppHost, StringComparison.Ordinal)).Select(process => process.Id).ToHashSet();
        for (var before = -1; before != ours.Count;)
        {
            before = ours.Count;
            ours.UnionWith(processes.Where(process => ours.Contains(process.Parent)).Select(process => process.Id));
        }

        var byPart = processes.Where(process => ours.Contains(process.Id))
            .GroupBy(process => PartOf(process.Command)).ToDictionary(part => part.Key, part => part.Aggregate(TimeSpan.Zero, (sum, process) => sum + process.Used));
        if (processes.Find(process => process.Id == Environment.ProcessId) is { } own)
            byPart[load] = own.Used;
        return new ProcessorTime(byPart);
    }

    /// <summary>What each part used since, most first.</summary>
    public IReadOnlyList<(string Part, TimeSpan Used)> Since(ProcessorTime before) =>
    [
        .. _byPart.Select(part => (part.Key, part.Value - before._byPart.GetValueOrDefault(part.Key)))
            .Where(part => part.Item2 > TimeSpan.Zero).OrderByDescending(part => part.Item2),
    ];

    /// <summary>Resident memory of a part, bytes; 0 where Linux does not tell.</summary>
    public static long MemoryOf(string part) => !OperatingSystem.IsLinux() ? 0 : Directory.EnumerateDirectories("/proc").Select(Read).OfType<ProcessRow>()
        .Where(process => process.Command.Contains(Tree, StringComparison.Ordinal) && PartOf(process.Command) == part)
        .Sum(process => long.Parse(File.ReadAllText($"/proc/{process.Id}/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize);

    private static ProcessRow? Read(string folder)
    {
        if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        try
        {
            // "pid (name with spaces) state ppid …": fields are counted from the last parenthesis; 14 and 15 are user and system time, 4 is the parent (proc(5)).
            var stat = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var used = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            var command = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            return new ProcessRow(id, int.Parse(fields[1], CultureInfo.InvariantCulture), command, used * Tick);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;   // it ended meanwhile, or is somebody else's
        }
    }

    private static string PartOf(string command) => Program().Match(command) is { Success: true } program ? program.Groups[1].Value
        : command.Contains("postgres", StringComparison.Ordinal) ? "Postgres"
        : command.Contains("redis", StringComparison.Ordinal) ? "Redis"
        : command.Contains("kafka", StringComparison.OrdinalIgnoreCase) ? "Kafka"
        : "others";

    [GeneratedRegex(@"PayFlow\.(\w+)\.dll")]
    private static partial Regex Program();

    private sealed record ProcessRow(int Id, int Parent, string Command, TimeSpan Used);
}
