using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace PayFlow.Testing;

/// <summary>
/// A program of somebody else's, written for Node.js, that checks us: a folder with its scripts, package.json and package-lock.json. Its npm packages are installed once
/// per content of the folder, into PayFlow's cache outside the tree.
/// </summary>
/// <param name="source">The folder below <see cref="Repository.Root"/>.</param>
public sealed class NodeProgram(string source)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly SemaphoreSlim Installing = new(1);

    private static string Cache =>
        Environment.GetEnvironmentVariable("PAYFLOW_CACHE") is { Length: > 0 } cache ? cache
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? Path.Combine(xdg, "payflow")
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "payflow");

    /// <summary>Installs what isn't yet, and gives the folder to run it in.</summary>
    public async Task<string> InstallAsync()
    {
        var from = Repository.Path(source);
        var files = Directory.GetFiles(from).Order(StringComparer.Ordinal).ToList();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
            hash.AppendData(await File.ReadAllBytesAsync(file));
        var folder = Path.Combine(Cache, $"{Path.GetFileName(from)}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..12]}");
        await Installing.WaitAsync();
        try
        {
            return Directory.Exists(folder) ? folder : await InstallAsync(files, folder);
        }
        finally
        {
            Installing.Release();
        }
    }

    /// <summary>Runs one of its programs to the end.</summary>
    /// <param name="program"><c>node</c>, or a command of an installed package.</param>
    /// <returns>What it wrote, to both outputs, and how it ended.</returns>
    public async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var folder = await InstallAsync();
        return program == "node" ? await RunAsync("node", arguments, folder) : await RunAsync("npx", ["--no-install", program, .. arguments], folder);
    }

    /// <summary>Starts node with a script, to be spoken with.</summary>
    public async Task<Process> StartAsync(string script, params string[] arguments)
    {
        var folder = await InstallAsync();
        return Start("node", [script, .. arguments], folder);
    }

    private static async Task<string> InstallAsync(List<string> files, string folder)
    {
        // Beside it and then renamed, so that an interrupted installation is never taken for a finished one.
        var unfinished = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
        foreach (var file in files)
            File.Copy(file, Path.Combine(unfinished, Path.GetFileName(file)), overwrite: true);
        var (exitCode, output) = await RunAsync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], unfinished);
        if (exitCode != 0)
            throw new InvalidOperationException($"npm ci failed in {unfinished}:\n{output}");
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

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments, string folder)
    {
        using var process = Start(program, arguments, folder);
        process.StandardInput.Close();
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

        return (process.ExitCode, await output + await errors);
    }

    private static Process Start(string program, string[] arguments, string folder)
    {
        // npm and npx are scripts on Windows, which only a shell starts.
        var start = OperatingSystem.IsWindows() && program != "node"
            ? new ProcessStartInfo("cmd.exe", ["/c", program, .. arguments])
            : new ProcessStartInfo(program, arguments);
        start.WorkingDirectory = folder;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var process = new Process { StartInfo = start };
        try
        {
            process.Start();
            return process;
        }
        catch (Win32Exception)
        {
            process.Dispose();
            throw new InvalidOperationException($"This test needs Node.js 20 or newer, and {program} is not on the PATH: install it (eng/payflow up does), then run the test again.");
        }
    }
}
