using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>The acquirers' side: their own books, and the switches that make them misbehave.</summary>
public sealed class Acquirers(Uri sandbox) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = sandbox };

    /// <summary>Changes how an acquirer behaves until what is returned is disposed of.</summary>
    public async Task<IAsyncDisposable> MisbehaveAsync(string acquirer, JsonObject change)
    {
        change["acquirer"] = acquirer;
        using var answer = await http.PutAsJsonAsync(new Uri("/chaos", UriKind.Relative), change);
        answer.EnsureSuccessStatusCode();
        return new Calm(http);
    }

    /// <summary>What both acquirers have under any of these references.</summary>
    public async Task<IReadOnlyList<JsonObject>> BooksAsync(IEnumerable<string> references)
    {
        var wanted = references.ToHashSet();
        var found = new List<JsonObject>();
        foreach (var acquirer in new[] { "northbank", "harbor" })
        {
            var lines = await http.GetStringAsync(new Uri($"/acquirers/{acquirer}/books", UriKind.Relative));
            found.AddRange(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!.AsObject())
                .Where(entry => wanted.Contains((string)entry["reference"]!))
                .Select(entry =>
                {
                    entry["acquirer"] = acquirer;
                    return entry;
                }));
        }

        return found;
    }

    public void Dispose() => http.Dispose();

    private sealed class Calm(HttpClient http) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            using var answer = await http.DeleteAsync(new Uri("/chaos", UriKind.Relative));
            answer.EnsureSuccessStatusCode();
        }
    }
}
