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
        await ChangeAsync(acquirer, change);
        return new Calm(this);
    }

    /// <summary>Changes how an acquirer behaves.</summary>
    public async Task ChangeAsync(string acquirer, JsonObject change)
    {
        change["acquirer"] = acquirer;
        using var answer = await http.PutAsJsonAsync(new Uri("/chaos", UriKind.Relative), change);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>All behave again.</summary>
    public async Task CalmAsync()
    {
        using var answer = await http.DeleteAsync(new Uri("/chaos", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What the acquirers have under any of these references.</summary>
    public async Task<IReadOnlyList<JsonObject>> BooksAsync(IEnumerable<string> references)
    {
        var wanted = references.ToHashSet();
        return [.. (await BooksAsync()).Where(entry => wanted.Contains((string)entry["reference"]!))];
    }

    /// <summary>Everything that the acquirers have.</summary>
    public async Task<IReadOnlyList<JsonObject>> BooksAsync()
    {
        var found = new List<JsonObject>();
        foreach (var acquirer in new[] { "northbank", "harbor", "meridian", "keystone" })
        {
            var lines = await http.GetStringAsync(new Uri($"/acquirers/{acquirer}/books", UriKind.Relative));
            found.AddRange(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!.AsObject())
                .Select(entry =>
                {
                    entry["acquirer"] = acquirer;
                    return entry;
                }));
        }

        return found;
    }

    public void Dispose() => http.Dispose();

    private sealed class Calm(Acquirers acquirers) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await acquirers.CalmAsync();
    }
}
