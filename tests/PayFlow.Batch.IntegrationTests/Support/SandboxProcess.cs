using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Testing;

namespace PayFlow.Batch.IntegrationTests.Support;

/// <summary>The real Sandbox as a process: where payments are captured that a batch then settles.</summary>
public sealed class SandboxProcess : IAsyncDisposable
{
    private static int _last;

    private readonly ServiceProcess _process;
    private readonly NpgsqlDataSource _books;
    private readonly HttpClient _http;

    private SandboxProcess(string database, Uri address)
    {
        Address = address;
        _books = NpgsqlDataSource.Create(database);
        _http = new HttpClient { BaseAddress = address };
        _process = new ServiceProcess(Repository.Assembly("services/Sandbox/PayFlow.Sandbox.csproj"), new Dictionary<string, string?>
        {
            ["ConnectionStrings__sandbox"] = database,
            ["Kestrel__Endpoints__http__Url"] = address.ToString(),
            ["Sandbox__LateDelay"] = "01:00:00",   // late lines come when a test says so
            ["OpsKey"] = "ops key of the tests",
        });
    }

    public Uri Address { get; }

    public static async Task<SandboxProcess> StartAsync()
    {
        var postgres = await PostgresServer.SharedAsync();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        var sandbox = new SandboxProcess(await postgres.CreateDatabaseAsync("sandbox"), address);
        await sandbox._process.StartAsync();
        await sandbox._process.WaitForHealthAsync(address);
        return sandbox;
    }

    /// <summary>Authorizes and captures an amount (minor units); answers the acquirer's id of the capture.</summary>
    public async Task<string> PayAsync(string acquirer, long amount, string currency = "USD") => (await PayInFullAsync(acquirer, amount, currency)).Capture;

    /// <summary>Authorizes and captures an amount (minor units); answers the acquirer's ids of both.</summary>
    public async Task<(string Authorization, string Capture)> PayInFullAsync(string acquirer, long amount, string currency = "USD")
    {
        var number = Interlocked.Increment(ref _last);
        var card = new { number = "4242424242424242", exp_month = 12, exp_year = 2030, cvc = "123" };
        var authorization = await PostAsync($"acquirers/{acquirer}/authorizations", new { reference = $"att_{number}", merchant = "mer_1", amount, currency, card });
        var capture = await PostAsync($"acquirers/{acquirer}/captures", new { reference = $"op_{number}", authorization = (string)authorization["external_id"]!, amount, final = true });
        return ((string)authorization["external_id"]!, (string)capture["external_id"]!);
    }

    /// <summary>Refunds an amount (minor units) of an authorization; answers the acquirer's id of the refund.</summary>
    public async Task<string> RefundAsync(string acquirer, string authorization, long amount)
    {
        var refund = await PostAsync($"acquirers/{acquirer}/refunds", new { reference = $"op_{Interlocked.Increment(ref _last)}", authorization, amount });
        return (string)refund["external_id"]!;
    }

    public async Task<HttpResponseMessage> SubmitAsync(string acquirer, string batchKey, string file)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"acquirers/{acquirer}/batches") { Content = new StringContent(file, Encoding.UTF8, "text/csv") };
        request.Headers.Add("Batch-Key", batchKey);
        return await _http.SendAsync(request);
    }

    /// <summary>Lets a capture be settled, in a batch of its own.</summary>
    public async Task SettleAsync(string acquirer, string capture, long amount)
    {
        using var answer = await SubmitAsync(acquirer, $"bat_{capture}", $"item_id,external_id,amount,currency,occurred_at\nitm_1,{capture},{amount},USD,2026-11-21T09:30:00Z\nT,1,{amount}\n");
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Lets the cardholder dispute an amount (minor units; all, when null) of a settled capture; answers the acquirer's id of the dispute.</summary>
    public async Task<string> DisputeAsync(string acquirer, string capture, long? amount = null)
    {
        var dispute = await PostAsync($"acquirers/{acquirer}/disputes", new { reference = $"dis_{Interlocked.Increment(ref _last)}", capture, amount, reason = "fraudulent" });
        return (string)dispute["external_id"]!;
    }

    /// <param name="outcome">won or lost.</param>
    public Task CloseDisputeAsync(string acquirer, string dispute, string outcome) => PostAsync($"acquirers/{acquirer}/disputes/{dispute}/close", new { outcome });

    /// <summary>Changes how an acquirer behaves until <see cref="CalmAsync"/>.</summary>
    public async Task MisbehaveAsync(string acquirer, double lostReplyRate = 0, bool amounts = false)
    {
        using var answer = await _http.PutAsJsonAsync("chaos", new { acquirer, lost_reply_rate = lostReplyRate, amounts });
        answer.EnsureSuccessStatusCode();
    }

    public async Task CalmAsync()
    {
        using var answer = await _http.DeleteAsync("chaos");
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>How often the acquirer settled a capture: the lines of all its reports.</summary>
    public async Task<long> LinesOfAsync(string capture)
    {
        await using var command = _books.CreateCommand("SELECT count(*) FROM report_lines WHERE external_id = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = capture });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Changes the acquirer's books behind its back.</summary>
    /// <summary>The lines that an acquirer settles late are there now.</summary>
    /// <param name="batch">Whose report was read before.</param>
    public Task ComeLateAsync(Id batch) => TamperAsync($"UPDATE batches SET late_at = now() WHERE batch_key = '{batch}'");

    public async Task TamperAsync(string sql)
    {
        await using var command = _books.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _process.DisposeAsync();
        await _books.DisposeAsync();
    }

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using var answer = await _http.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }
}
