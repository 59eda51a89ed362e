using System.Text.Json;

namespace PayFlow.ServiceDefaults.OpenApi;

/// <summary>Reads an OpenAPI document as its reader would, and complains.</summary>
internal static class ApiDocumentFaults
{
    public static IReadOnlyList<string> Find(JsonElement document)
    {
        var faults = new List<string>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject(), (path, method) => (Path: path.Name, Method: method));
        foreach (var (path, method) in operations)
        {
            var operation = method.Value;
            var where = $"{method.Name.ToUpperInvariant()} {path}";
            foreach (var wanted in new[] { "operationId", "summary", "tags" }.Where(wanted => !operation.TryGetProperty(wanted, out _)))
            {
                faults.Add($"{where}: no {wanted}");
            }

            if (operation.TryGetProperty("operationId", out var name) && !names.Add(name.GetString()!))
            {
                faults.Add($"{where}: the operationId {name} is taken");
            }

            if (!operation.GetProperty("responses").EnumerateObject().Any(response => response.Name.StartsWith('2') && HasContent(response.Value)))
            {
                faults.Add($"{where}: no response with a schema");
            }

            if (operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").EnumerateObject().Any(media => !media.Value.TryGetProperty("schema", out _) || !media.Value.TryGetProperty("example", out _)))
            {
                faults.Add($"{where}: a body without schema or example");
            }
        }

        if (names.Count == 0)
        {
            faults.Add("no operations");
        }

        return faults;
    }

    private static bool HasContent(JsonElement response) =>
        response.TryGetProperty("content", out var content) && content.EnumerateObject().Any(media => media.Value.TryGetProperty("schema", out _));
}
