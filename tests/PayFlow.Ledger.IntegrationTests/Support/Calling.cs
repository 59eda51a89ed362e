using System.Net;
using System.Text;
using System.Text.Json;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Rest;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>What the ledger answered over REST.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body, bool IsReplay)
{
    public string? Code => Body.GetProperty("code").GetString();

    /// <summary>The ids of a list.</summary>
    public IEnumerable<string?> Ids => Body.GetProperty("data").EnumerateArray().Select(each => each.GetProperty("id").GetString());

    public IEnumerable<string?> WrongFields => Body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("param").GetString());
}

/// <summary>Calls over REST, as the gateway hands on those of a merchant or of an administrator.</summary>
internal sealed class Calling(HttpClient http, InternalIdentity identity, Id merchant, Mode mode = Mode.Test)
{
    public Calling(LedgerHost host, Id merchant) : this(host.Http, host.Service<InternalIdentity>(), merchant)
    {
    }

    public string Available(string currency = "USD") => AccountIds.Write(ChartOfAccounts.MerchantAvailable(merchant, mode, Currency.Parse(currency)));

    public string Wallet(string name, string currency = "USD") => AccountIds.Write(new AccountName($"wallet/{merchant}/{name}", mode, Currency.Parse(currency)));

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, null);

    public Task<Answer> PostAsync(string path, object body, string? key = null) => SendAsync(HttpMethod.Post, path, body, key);

    private async Task<Answer> SendAsync(HttpMethod method, string path, object? body, string? key)
    {
        using var request = new HttpRequestMessage(method, path);
        if (path.StartsWith("/admin", StringComparison.Ordinal))
        {
            request.Headers.Add(InternalIdentity.AdministratorHeader, identity.Sign(new Administrator("ada")));
        }
        else
        {
            request.Headers.Add(InternalIdentity.Header, identity.Sign(new Caller(merchant, mode, merchant.Slot, "key_test", [])));
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (body is not null)
        {
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        }

        using var answer = await http.SendAsync(request);
        return new Answer(answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()), answer.Headers.Contains("Idempotent-Replayed"));
    }
}
