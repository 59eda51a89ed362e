using System.Text.Json.Nodes;
using PayFlow.Gateway.Documentation;

namespace PayFlow.Gateway.IntegrationTests.Documentation;

public sealed class DocumentMergeTests
{
    private static JsonObject Document(string path, string field) => (JsonObject)JsonNode.Parse(
        """
        {"paths":{"PATH":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Item"}}}}}}}},
                  "/v1/unrouted":{"get":{}}},
         "components":{"schemas":{"Item":{"properties":{"next":{"$ref":"#/components/schemas/Item"},"FIELD":{"type":"string"}}},"Problem":{"type":"object"}}}}
        """.Replace("PATH", path, StringComparison.Ordinal).Replace("FIELD", field, StringComparison.Ordinal))!;

    [Fact]
    public void Merge_SameNameForDifferentSchemas_KeepsBothAndTheirReferences()
    {
        var merged = DocumentMerge.Merge(new Dictionary<string, JsonObject> { ["batch"] = Document("/v1/batches", "batch"), ["ledger"] = Document("/v1/balances", "ledger") }, []);
        Assert.Equal(["Item", "LedgerItem", "Problem"], Names(merged["components"]!["schemas"]!).Order(StringComparer.Ordinal));
        Assert.Equal("#/components/schemas/Item", Reference(merged, "/v1/batches"));
        Assert.Equal("#/components/schemas/LedgerItem", Reference(merged, "/v1/balances"));
        Assert.Equal("#/components/schemas/LedgerItem", (string?)merged["components"]!["schemas"]!["LedgerItem"]!["properties"]!["next"]!["$ref"]);
        Assert.NotNull(merged["components"]!["schemas"]!["LedgerItem"]!["properties"]!["ledger"]);
    }

    [Fact]
    public void Merge_PathThatIsNotForwarded_IsLeftOut()
    {
        var merged = DocumentMerge.Merge(new Dictionary<string, JsonObject> { ["batch"] = Document("/v1/batches", "x"), ["ledger"] = Document("/v1/payments", "x") }, []);
        Assert.Equal(["/v1/batches"], Names(merged["paths"]!));   // payments are Auth's, whatever the ledger says
    }

    [Fact]
    public void Merge_ServiceAway_IsNamed()
    {
        var merged = DocumentMerge.Merge(new Dictionary<string, JsonObject>(), ["auth", "batch"]);
        Assert.Equal("[\"auth\",\"batch\"]", merged["x-payflow-away"]!.ToJsonString());
        Assert.Contains("auth, batch", (string?)merged["info"]!["description"], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(pair => pair.Key);

    private static string? Reference(JsonObject merged, string path) =>
        (string?)merged["paths"]![path]!["get"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["items"]!["$ref"];
}
