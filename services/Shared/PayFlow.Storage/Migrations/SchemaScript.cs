using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PayFlow.Storage.Migrations;

/// <summary>One step of a schema: <c>0003_refunds.up.sql</c> and the way back.</summary>
/// <param name="Version">1 and up, without gaps in a module.</param>
/// <param name="Name">What the step is about.</param>
/// <param name="Up">SQL that takes the step.</param>
/// <param name="Down">SQL that takes it back.</param>
public sealed partial record SchemaScript(int Version, string Name, string Up, string Down)
{
    /// <summary>SHA-256 of the way up, in hexadecimal; the same on Windows, where git may have changed the line ends.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Up.ReplaceLineEndings("\n"))));

    public override string ToString() => $"{Version:0000}_{Name}";

    /// <summary>The scripts that an assembly embeds, in order.</summary>
    /// <exception cref="SchemaException">A number is missing or there twice, or a script has no way up or no way back.</exception>
    public static IReadOnlyList<SchemaScript> Embedded(Assembly assembly) =>
        Parse(assembly.GetName().Name!, assembly.GetManifestResourceNames().Select(name => (name, (Func<string>)(() => Read(assembly, name)))));

    /// <summary>Reads scripts from named texts; what is no script is left out.</summary>
    /// <exception cref="SchemaException">A number is missing or there twice, or a script has no way up or no way back.</exception>
    public static IReadOnlyList<SchemaScript> Parse(string module, IEnumerable<(string Name, Func<string> Text)> resources)
    {
        var found = resources
            .Select(resource => (Match: FileName().Match(resource.Name), resource.Text))
            .Where(resource => resource.Match.Success)
            .Select(resource => (Version: int.Parse(resource.Match.Groups["version"].ValueSpan), Name: resource.Match.Groups["name"].Value,
                Up: resource.Match.Groups["way"].ValueSpan is "up", resource.Text))
            .GroupBy(script => script.Version)
            .OrderBy(step => step.Key)
            .ToList();

        var scripts = new List<SchemaScript>();
        foreach (var step in found)
        {
            if (step.Key != scripts.Count + 1)
                throw new SchemaException($"{module}: schema script {scripts.Count + 1:0000} is missing before {step.Key:0000}.");
            if (step.Select(script => script.Name).Distinct().Skip(1).Any())
                throw new SchemaException($"{module}: two schema scripts are numbered {step.Key:0000}: {string.Join(", ", step.Select(script => script.Name).Distinct())}.");
            if (step.Count() != 2)
                throw new SchemaException($"{module}: schema script {step.Key:0000}_{step.First().Name} needs both an .up.sql and a .down.sql.");
            scripts.Add(new SchemaScript(step.Key, step.First().Name, step.Single(script => script.Up).Text(), step.Single(script => !script.Up).Text()));
        }

        return scripts;
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\.Schema\.(?<version>\d{4})_(?<name>[a-z0-9_]+)\.(?<way>up|down)\.sql$")]
    private static partial Regex FileName();
}

/// <summary>The schema of a database and the scripts of this program don't fit together.</summary>
public sealed class SchemaException(string message, Exception? inner = null) : Exception(message, inner);
