using System.Text.Json.Nodes;
using PayFlow.SystemTests.Running;
using PayFlow.Testing;

namespace PayFlow.SystemTests.Documentation;

/// <summary>The API document as npm's <c>@redocly/cli</c> sees it.</summary>
[Collection(OneSystem.Name)]
public sealed class LintTests(SharedSystem shared)
{
    private static readonly NodeProgram Redocly = new("tests/PayFlow.SystemTests/Documentation/redocly");

    [Fact]
    public async Task Document_OfTheGateway_LintsClean()
    {
        var problems = await LintAsync(await DocumentAsync());
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public async Task Document_WithAPlantedFault_IsFound()
    {
        var document = await DocumentAsync();
        document["paths"]!["/v1/payments"]!["post"]!.AsObject().Remove("operationId");
        document["paths"]!["/v1/payments"]!["post"]!["responses"]!.AsObject().Remove("4XX");
        var problems = await LintAsync(document);
        Assert.Contains(problems, problem => problem.StartsWith("operation-4xx-response", StringComparison.Ordinal));
    }

    private async Task<JsonObject> DocumentAsync()
    {
        using var http = shared.System.Raw();
        for (var tries = 0; ; tries++)
        {
            var document = JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!.AsObject();
            var away = document["x-payflow-away"]!.AsArray();
            if (away.Count == 0)
            {
                return document;
            }

            // A service that has never been asked takes its time to think of an answer.
            Assert.True(tries < 15, $"{away.ToJsonString()} never told what it offers.");
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task<IReadOnlyList<string>> LintAsync(JsonObject document)
    {
        var folder = await Redocly.InstallAsync();
        var file = Path.Combine(Path.GetTempPath(), $"payflow-api-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow())}.json");
        await File.WriteAllTextAsync(file, document.ToJsonString());
        try
        {
            var (_, output) = await Redocly.RunAsync("redocly", "lint", file, "--config", Path.Combine(folder, "redocly.yaml"), "--format", "json", "--max-problems", "500");
            var start = output.IndexOf('{', StringComparison.Ordinal);
            Assert.True(start >= 0, output);
            var report = JsonNode.Parse(System.Text.Encoding.UTF8.GetBytes(output[start..(output.LastIndexOf('}') + 1)]))!;
            return [.. report["problems"]!.AsArray().Select(problem => $"{problem!["ruleId"]}: {problem["message"]} {problem["location"]![0]!["pointer"]}")];
        }
        finally
        {
            File.Delete(file);
        }
    }
}
