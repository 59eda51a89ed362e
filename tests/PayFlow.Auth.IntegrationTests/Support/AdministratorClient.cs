using System.Text;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>Speaks to Auth for an administrator, as the gateway would.</summary>
public sealed class AdministratorClient(Uri address, InternalIdentity identity, string name) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> PostAsync(string path, string body, string? key = null) => SendAsync(HttpMethod.Post, path, body, ("Idempotency-Key", key));

    public Task<Answer> PatchAsync(string path, string body, string? seen) => SendAsync(HttpMethod.Patch, path, body, ("If-Match", seen));

    /// <summary>A new merchant.</summary>
    public async Task<Id> OnboardAsync(string shop = "Shop")
    {
        var answer = await PostAsync("/admin/v1/merchants", $$"""{"name":"{{shop}}"}""");
        Assert.True(answer.Status == System.Net.HttpStatusCode.Created, answer.ToString());
        return Id.Parse(IdPrefix.Merchant, answer["id"]!);
    }

    public void Dispose() => http.Dispose();

    private async Task<Answer> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string? Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Add(InternalIdentity.AdministratorHeader, identity.Sign(new Administrator(name)));
        foreach (var (header, value) in headers.Where(header => header.Value is not null))
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        using var answer = await http.SendAsync(request);
        return await Answer.OfAsync(answer);
    }
}
