using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PayFlow.Sandbox.IntegrationTests.Support;

/// <summary>An answer: its status and, when it is JSON, its body.</summary>
public sealed record Answer(HttpStatusCode Status, JsonNode? Json, string Text)
{
    public string? this[string field] => (string?)Json?[field];
}

/// <summary>Calls one acquirer of a Sandbox as an adapter would.</summary>
public sealed class AcquirerClient(Uri address, string acquirer) : IDisposable
{
    public const string GoodCard = "4242424242424242";

    private static int _last;

    private readonly HttpClient _client = new() { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A reference that no test has used.</summary>
    public static string NewReference(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}_{Environment.ProcessId}x{Interlocked.Increment(ref _last)}");

    public static object Authorization(string reference, long amount, string card = GoodCard) => new
    {
        reference,
        merchant = "mer_1",
        amount,
        currency = "USD",
        card = new { number = card, exp_month = 12, exp_year = 2030, cvc = "123" },
    };

    public Task<Answer> AuthorizeAsync(string reference, long amount, string card = GoodCard, CancellationToken cancel = default) =>
        PostAsync("authorizations", Authorization(reference, amount, card), cancel);

    public Task<Answer> AuthorizeAccountAsync(string reference, long amount, string number = "000123456789", string currency = "USD") => PostAsync("authorizations", new
    {
        reference,
        merchant = "mer_1",
        amount,
        currency,
        bank_account = new { routing_number = "110000000", account_number = number, account_type = "checking", holder_type = "individual", holder_name = "Ada Lovelace" },
    });

    public Task<Answer> InquireAsync(string reference) => GetAsync($"authorizations?reference={reference}");

    public Task<Answer> ReverseAsync(string reference) => PostAsync("reversals", new { reference });

    public Task<Answer> CaptureAsync(string reference, string authorization, long amount, bool final = true) =>
        PostAsync("captures", new { reference, authorization, amount, final });

    public Task<Answer> InquireCaptureAsync(string reference) => GetAsync($"captures?reference={reference}");

    public Task<Answer> VoidCaptureAsync(string reference, string capture) => PostAsync("capture-voids", new { reference, capture });

    public Task<Answer> RefundAsync(string reference, string authorization, long amount) => PostAsync("refunds", new { reference, authorization, amount });

    /// <summary>Authorizes and captures an amount; gives the reference of the authorization and the acquirer's ids of both.</summary>
    public async Task<(string Attempt, string Authorization, string Capture)> PayInFullAsync(long amount, string card = GoodCard)
    {
        var attempt = NewReference("att");
        var authorization = (await AuthorizeAsync(attempt, amount, card))["external_id"]!;
        var capture = await CaptureAsync(NewReference("op"), authorization, amount);
        return (attempt, authorization, capture["external_id"]!);
    }

    /// <summary>Authorizes and captures an amount; gives the acquirer's id of the capture.</summary>
    public async Task<string> PayAsync(long amount) => (await PayInFullAsync(amount)).Capture;

    /// <summary>Pays, and lets a batch settle it.</summary>
    public async Task<(string Attempt, string Capture)> PayAndSettleAsync(long amount, string card = GoodCard)
    {
        var (attempt, _, capture) = await PayInFullAsync(amount, card);
        await SubmitAsync(NewReference("bat"), ("itm_a", capture, amount));
        return (attempt, capture);
    }

    public Task<Answer> DisputeAsync(string reference, string capture, long? amount = null, string? reason = null) =>
        PostAsync("disputes", new { reference, capture, amount, reason });

    public Task<Answer> CloseDisputeAsync(string dispute, string outcome) => PostAsync($"disputes/{dispute}/close", new { outcome });

    /// <summary>All that the acquirer's feed tells, in pages of seven.</summary>
    public async Task<IReadOnlyList<JsonNode>> NoticesAsync()
    {
        var notices = new List<JsonNode>();
        JsonNode page;
        do
        {
            page = (await GetAsync(string.Create(CultureInfo.InvariantCulture, $"notices?after={(notices.Count == 0 ? 0 : (long)notices[^1]["sequence"]!)}&limit=7"))).Json!;
            notices.AddRange(page["data"]!.AsArray()!);
        }
        while ((bool)page["has_more"]!);
        return notices;
    }

    public async Task<Answer> SubmitAsync(string batchKey, params (string ItemId, string ExternalId, long Amount)[] items)
    {
        var file = new StringBuilder("item_id,external_id,amount,currency,occurred_at\n");
        foreach (var (itemId, externalId, amount) in items)
            file.Append(CultureInfo.InvariantCulture, $"{itemId},{externalId},{amount},USD,2026-11-21T09:30:00Z\n");
        file.Append(CultureInfo.InvariantCulture, $"T,{items.Length},{items.Sum(item => item.Amount)}\n");
        using var request = new HttpRequestMessage(HttpMethod.Post, Path("batches"));
        request.Headers.Add("Batch-Key", batchKey);
        request.Content = new StringContent(file.ToString(), Encoding.UTF8, "text/csv");
        using var response = await _client.SendAsync(request);
        return await ReadAsync(response);
    }

    public Task<Answer> ReportAsync(string batchKey) => GetAsync($"batches/{batchKey}/report");

    /// <summary>The acquirer's own books, by reference.</summary>
    public async Task<IReadOnlyDictionary<string, JsonNode>> BooksAsync(string query = "")
    {
        var books = await GetAsync($"books{query}");
        if (books.Status != HttpStatusCode.OK)
            throw new HttpRequestException(books.Text, inner: null, books.Status);
        return books.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToDictionary(entry => (string)entry["reference"]!);
    }

    public async Task<JsonNode?> BooksOfAsync(string reference) => (await BooksAsync()).GetValueOrDefault(reference);

    public Task<Answer> SummaryAsync() => GetAsync("books/summary");

    /// <summary>Changes the chaos switches of this acquirer.</summary>
    public async Task<Answer> MisbehaveAsync(object change)
    {
        var named = JsonSerializer.SerializeToNode(change)!.AsObject();
        named["acquirer"] = acquirer;
        using var response = await _client.PutAsJsonAsync(new Uri("/chaos", UriKind.Relative), named);
        return await ReadAsync(response);
    }

    /// <summary>All acquirers behave again.</summary>
    public async Task CalmAsync()
    {
        using var response = await _client.DeleteAsync(new Uri("/chaos", UriKind.Relative));
        response.EnsureSuccessStatusCode();
    }

    public async Task<Answer> PostAsync(string path, object body, CancellationToken cancel = default)
    {
        using var response = await _client.PostAsJsonAsync(Path(path), body, cancel);
        return await ReadAsync(response);
    }

    public async Task<Answer> GetAsync(string path)
    {
        using var response = await _client.GetAsync(Path(path));
        return await ReadAsync(response);
    }

    public void Dispose() => _client.Dispose();

    private Uri Path(string path) => new($"/acquirers/{acquirer}/{path}", UriKind.Relative);

    private static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        return new Answer(response.StatusCode, isJson ? JsonNode.Parse(text) : null, text);
    }
}
