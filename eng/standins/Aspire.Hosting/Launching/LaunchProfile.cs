using System.Text.Json;

namespace Aspire.Hosting.Launching;

/// <summary>The profile of a project's Properties/launchSettings.json that applies.</summary>
internal sealed record LaunchProfile(string Name, string? ApplicationUrl, IReadOnlyDictionary<string, string> EnvironmentVariables)
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The preferred profile where the project has it, else the first that starts the project itself; null without any.</summary>
    public static LaunchProfile? Of(string projectDirectory, string? preferred)
    {
        var file = Path.Combine(projectDirectory, "Properties", "launchSettings.json");
        if (!File.Exists(file))
            return null;

        using var settings = JsonDocument.Parse(File.ReadAllText(file), Lenient);
        if (!settings.RootElement.TryGetProperty("profiles", out var profiles))
            return null;
        if (preferred is not null && profiles.TryGetProperty(preferred, out var named))
            return Read(preferred, named);
        foreach (var profile in profiles.EnumerateObject())
        {
            if (Text(profile.Value, "commandName") is null or "" or "Project" or "Executable")
                return Read(profile.Name, profile.Value);
        }
        return null;
    }

    private static LaunchProfile Read(string name, JsonElement profile) => new(name, Text(profile, "applicationUrl"),
        profile.TryGetProperty("environmentVariables", out var variables)
            ? variables.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString() ?? "")
            : []);

    private static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) ? value.GetString() : null;
}
