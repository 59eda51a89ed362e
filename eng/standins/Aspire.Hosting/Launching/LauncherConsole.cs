namespace Aspire.Hosting.Launching;

/// <summary>
/// Everybody's lines on one terminal, each with the name of who said it, and in a file of their own as well.
/// </summary>
internal sealed class LauncherConsole : IDisposable
{
    /// <summary>The launcher's own name among the others.</summary>
    private const string Self = "payflow";

    /// <summary>At the next start a longer log makes room, and stays as NAME.log.1.</summary>
    private const long LongestLog = 16 * 1024 * 1024;

    private static readonly string[] Colours = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string Prefix, StreamWriter Log)> _voices = [];
    private bool _terminalGone;

    public LauncherConsole(LauncherPlan plan)
    {
        Directory.CreateDirectory(plan.LogDirectory);
        string[] names = [Self, .. plan.Processes.Select(resource => resource.Name)];
        var width = names.Max(name => name.Length);
        var coloured = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        foreach (var (index, name) in names.Index())
        {
            var padded = name.PadRight(width);
            var prefix = coloured ? $"\e[{(name == Self ? "1" : Colours[index % Colours.Length])}m{padded} |\e[0m " : $"{padded} | ";
            _voices[name] = (prefix, OpenLog(plan.LogPath(name)));
        }
    }

    public void Say(string line) => Write(Self, line);

    public void Write(string name, string line)
    {
        var (prefix, log) = _voices[name];
        lock (_gate)
        {
            log.WriteLine(line);
            if (_terminalGone)
                return;
            try
            {
                Console.Out.WriteLine(prefix + line);
            }
            catch (IOException)
            {
                _terminalGone = true;   // someone closed it; the files go on
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (_, log) in _voices.Values)
                log.Dispose();
        }
    }

    private static StreamWriter OpenLog(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > LongestLog)
            File.Move(path, path + ".1", overwrite: true);
        var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        return new StreamWriter(file) { AutoFlush = true };
    }
}
