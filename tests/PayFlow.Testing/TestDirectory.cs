using System.Diagnostics;
using System.Globalization;

namespace PayFlow.Testing;

/// <summary>
/// Folders for what servers keep, one tree for each test process. A process that is killed leaves its tree behind; the next one removes it.
/// </summary>
internal static class TestDirectory
{
    private static readonly string Trees = Path.Combine(Path.GetTempPath(), "payflow-tests");
    private static readonly string Own = Path.Combine(Trees, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    private static int _last;

    static TestDirectory()
    {
        Directory.CreateDirectory(Trees);
        foreach (var tree in Directory.GetDirectories(Trees))
        {
            if (!int.TryParse(Path.GetFileName(tree), CultureInfo.InvariantCulture, out var owner) || !IsAlive(owner) || tree == Own)
                Delete(tree);
        }
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            ProcessStarter.KillAll();   // whose files these are
            Delete(Own);
        };
    }

    public static string Create(string name)
    {
        var path = Path.Combine(Own, string.Create(CultureInfo.InvariantCulture, $"{name}-{Interlocked.Increment(ref _last)}"));
        Directory.CreateDirectory(path);
        return path;
    }

    public static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Another user's, or another test process is at it, too: it stays for somebody else to remove.
            Trace.WriteLine($"{path} stays: {failure.Message}");
        }
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var _ = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
