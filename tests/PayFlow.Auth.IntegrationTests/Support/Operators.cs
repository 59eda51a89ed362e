using System.Text.Json.Nodes;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>What operators ask of an Auth.</summary>
internal static class Operators
{
    public static Task<JsonObject> GetAsync(AuthHost host, string path) => SendAsync(host, HttpMethod.Get, path);

    public static Task<JsonObject> PostAsync(AuthHost host, string path) => SendAsync(host, HttpMethod.Post, path);

    private static async Task<JsonObject> SendAsync(AuthHost host, HttpMethod method, string path)
    {
        using var http = new HttpClient { BaseAddress = host.Http };
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Headers.Add("X-Ops-Key", World.OpsKey);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!.AsObject();
    }
}
