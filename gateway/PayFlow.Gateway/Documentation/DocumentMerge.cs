using System.Text.Json.Nodes;
using PayFlow.Gateway.Forwarding;

namespace PayFlow.Gateway.Documentation;

/// <summary>Makes one OpenAPI document of several. No I/O.</summary>
internal static class DocumentMerge
{
    private const string SchemaReference = "#/components/schemas/";

    /// <param name="documents">By service. They are taken apart.</param>
    /// <param name="away">Services whose current document isn't known.</param>
    public static JsonObject Merge(IReadOnlyDictionary<string, JsonObject> documents, IReadOnlyList<string> away)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        var merged = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = Info(away),
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject
                {
                    ["api_key"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An API key: sk_test_… or sk_live_…" },
                },
            },
            ["security"] = new JsonArray(new JsonObject { ["api_key"] = new JsonArray() }),
            ["x-payflow-away"] = new JsonArray([.. away.Select(service => JsonValue.Create(service))]),
        };
        foreach (var (service, document) in documents.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            AddSchemas(schemas, service, document);
            AddPaths(paths, service, document);
        }

        return merged;
    }

    private static JsonObject Info(IReadOnlyList<string> away) => new()
    {
        ["title"] = "PayFlow API",
        ["version"] = "v1",
        ["description"] = away.Count == 0
            ? "Payments, settlement and balances of a merchant. Amounts are integers in the minor unit of their currency."
            : $"Not answering right now, so missing or out of date here: {string.Join(", ", away)}.",
    };

    // Two services may use one name for different things; then the second gets its service's name in front.
    private static void AddSchemas(JsonObject schemas, string service, JsonObject document)
    {
        var own = document["components"]?["schemas"] as JsonObject ?? [];
        var renamed = own
            .Where(schema => schemas[schema.Key] is { } taken && !JsonNode.DeepEquals(taken, schema.Value))
            .ToDictionary(schema => schema.Key, schema => char.ToUpperInvariant(service[0]) + service[1..] + schema.Key, StringComparer.Ordinal);
        if (renamed.Count > 0)
        {
            Rename(document, renamed);
        }

        foreach (var (name, schema) in own)
        {
            schemas[renamed.GetValueOrDefault(name, name)] = schema?.DeepClone();
        }
    }

    private static void AddPaths(JsonObject paths, string service, JsonObject document)
    {
        foreach (var (path, operations) in document["paths"] as JsonObject ?? [])
        {
            // A service's document is no reason to show what the gateway doesn't forward.
            foreach (var (method, operation) in operations as JsonObject ?? [])
            {
                if (PublicRoutes.Find(service, method, path) is not { } route || operation?.DeepClone() is not JsonObject shown)
                {
                    continue;
                }

                shown["security"] = new JsonArray(new JsonObject { ["api_key"] = new JsonArray(JsonValue.Create(route.Scope)) });
                (paths[path] ??= new JsonObject()).AsObject()[method] = shown;
            }
        }
    }

    private static void Rename(JsonNode? node, IReadOnlyDictionary<string, string> renamed)
    {
        switch (node)
        {
            case JsonObject inner:
                foreach (var (key, value) in inner.ToList())
                {
                    if (key == "$ref" && value is JsonValue reference && reference.TryGetValue<string>(out var target)
                        && target.StartsWith(SchemaReference, StringComparison.Ordinal) && renamed.TryGetValue(target[SchemaReference.Length..], out var name))
                    {
                        inner[key] = SchemaReference + name;
                    }
                    else
                    {
                        Rename(value, renamed);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Rename(item, renamed);
                }

                break;
        }
    }
}
