using Spectre.Console;

namespace PayFlow.Demo;

/// <summary>Where tables are written.</summary>
public static class Terminal
{
    /// <summary>A file or a pipe has no width of its own: it gets one in which no column is lost.</summary>
    public static void Prepare()
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 160;
    }
}
