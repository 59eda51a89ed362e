using System.Diagnostics;

namespace Aspire.Hosting.Launching;

/// <summary>
/// A small process that outlives a launcher which is killed: its standard input ends when the launcher does, however that
/// happens, and then it ends every process whose id is still written down. A parent-death signal would not do: it is
/// lost when a child changes its user, as the script that starts Postgres does.
/// </summary>
internal sealed class Guard : IDisposable
{
    private const string Script = """
        trap '' HUP INT TERM
        while read -r _; do :; done
        for file in "$0"/*.pid; do
          [ -e "$file" ] && kill -KILL -- "-$(cat "$file")" 2>/dev/null
        done
        """;

    private readonly Process _process;

    public Guard(string runDirectory) =>
        _process = Process.Start(new ProcessStartInfo("setsid", ["bash", "-c", Script, runDirectory]) { RedirectStandardInput = true })!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
