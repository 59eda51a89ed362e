using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>
/// Runs foreign-client/client.cjs. Its npm packages are installed once per lock file, into PayFlow's cache folder outside the tree.
/// </summary>
internal static class ForeignClient
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static string Source => Path.Combine(AppContext.BaseDirectory, "foreign-client");

    private static string Cache =>
        Environment.GetEnvironmentVariable("PAYFLOW_CACHE") is { Length: > 0 } cache ? cache
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? Path.Combine(xdg, "payflow")
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "payflow");

    /// <param name="address">host:port</param>
    /// <returns>What the client saw.</returns>
    public static async Task<JsonElement> RunAsync(string address)
    {
        var folder = await InstallAsync();
        var script = Path.Combine(folder, "client.cjs");
        File.Copy(Path.Combine(Source, "client.cjs"), script, overwrite: true);
        var output = await RunAsync("node", [script, address, Path.Combine(AppContext.BaseDirectory, "echo.proto")], folder);
        return JsonDocument.Parse(output).RootElement;
    }

    private static async Task<string> InstallAsync()
    {
        var lockFile = await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"));
        var folder = Path.Combine(Cache, "grpc-foreign-client-" + Convert.ToHexStringLower(SHA256.HashData(lockFile))[..12]);
        if (Directory.Exists(Path.Combine(folder, "node_modules")))
            return folder;

        // Beside it and then renamed, so that an interrupted installation is never taken for a finished one.
        var unfinished = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
        foreach (var file in new[] { "package.json", "package-lock.json" })
            File.Copy(Path.Combine(Source, file), Path.Combine(unfinished, file), overwrite: true);
        await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], unfinished);
        try
        {
            Directory.Move(unfinished, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(unfinished, recursive: true);   // another run was faster
        }

        return folder;
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        // npm is a script on Windows, which only a shell starts.
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd.exe", ["/c", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.WorkingDirectory = folder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"This test needs Node.js 20 or newer, and {program} is not on the PATH: install it (eng/payflow up does), then run the test again.");
        }

        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} did not end within {Patience}:\n{await errors}");
        }

        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed ({process.ExitCode}):\n{await errors}{await output}");
    }
}
