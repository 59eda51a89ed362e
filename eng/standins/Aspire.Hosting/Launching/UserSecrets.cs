using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration.UserSecrets;

namespace Aspire.Hosting.Launching;

/// <summary>The file of `dotnet user-secrets`, where Aspire keeps generated parameters too: both launchers share them.</summary>
internal sealed class UserSecrets(string? path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static UserSecrets For(Assembly assembly) =>
        new(assembly.GetCustomAttribute<UserSecretsIdAttribute>()?.UserSecretsId is { } id ? PathHelper.GetSecretsPathFromSecretsId(id) : null);

    /// <summary>The value kept under a key; keeps <paramref name="made"/> first where there is none. Safe against another AppHost doing the same.</summary>
    public string GetOrAdd(string key, string made)
    {
        if (path is null)
            return made;

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var turn = new Mutex(initiallyOwned: false, "payflow-user-secrets", new NamedWaitHandleOptions { CurrentSessionOnly = false });
        TakeTurn(turn);
        try
        {
            return GetOrAdd(path, key, made);
        }
        finally
        {
            turn.ReleaseMutex();
        }
    }

    private static void TakeTurn(Mutex turn)
    {
        try
        {
            turn.WaitOne();
        }
        catch (AbandonedMutexException)
        {
            return;   // its holder died, and the turn is ours: the file is replaced whole, so nothing is half written
        }
    }

    private static string GetOrAdd(string path, string key, string made)
    {
        var secrets = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? [] : [];
        if (secrets[key]?.GetValue<string>() is { Length: > 0 } kept)
            return kept;

        secrets[key] = made;
        var draft = $"{path}.{Environment.ProcessId}";
        File.WriteAllText(draft, secrets.ToJsonString(Indented));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(draft, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(draft, path, overwrite: true);
        return made;
    }
}
