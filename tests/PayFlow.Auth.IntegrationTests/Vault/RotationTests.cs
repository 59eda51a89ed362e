using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Vault;

namespace PayFlow.Auth.IntegrationTests.Vault;

/// <summary>The key-encrypting key is replaced while payments go on.</summary>
[Collection(OneWorld.Name)]
public sealed class RotationTests(World world) : IAsyncLifetime
{
    private static readonly string SecondKey = Convert.ToBase64String(Enumerable.Range(101, 32).Select(value => (byte)value).ToArray());

    private string database = "";

    public async Task InitializeAsync() => database = await world.Postgres.CreateDatabaseAsync("payments");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Rotation_TwoProcesses_SealEveryDataKeyAnewAndTheOldKeyCanGo()
    {
        List<string> cards;
        string account;
        string endpoint;
        Id merchantId;
        await using (var before = await StartAsync(First))
        {
            using var merchant = await before.NewMerchantAsync();
            merchantId = merchant.Merchant;
            cards = [.. await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => merchant.TokenAsync()))];
            account = (await merchant.PostAsync("/v1/tokens", Account))["id"]!;
            endpoint = (await merchant.PostAsync("/v1/webhook-endpoints", """{"url":"http://127.0.0.1:9/hook"}"""))["id"]!;
        }

        var sealedBefore = await SealedNumbersAsync();
        await using (var one = await StartAsync(Second))
        {
            await using var two = await StartAsync(Second);
            await RowsLeftAsync(one, 0);
            using var merchant = one.ClientOf(merchantId);
            var paid = await merchant.PostAsync("/v1/payments", MerchantClient.Create(cards[0]), MerchantClient.NewKey());
            Assert.Equal("authorized", paid["status"]);   // with its security code, which was sealed with the same data key
        }

        Assert.Equal(["kek-2"], await KeysAsync());
        Assert.Equal(sealedBefore, await SealedNumbersAsync());   // only data keys were sealed anew

        await using var after = await StartAsync(OnlySecond);
        using (var merchant = after.ClientOf(merchantId))
        {
            var paid = await merchant.PostAsync("/v1/payments", MerchantClient.Create(cards[1]), MerchantClient.NewKey());
            Assert.Equal("authorized", paid["status"]);
            Assert.Equal(HttpStatusCode.OK, (await merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/rotate-secret", "{}")).Status);   // opens the data key of its secret
            var view = await ViewAsync(after);
            Assert.Equal(("kek-2", 0, 0), ((string?)view["current_key"], (int)view["rows_left"]!, view["keys"]!.AsArray().Count));
        }

        var opened = await after.Get<CardVault>().OpenAccountAsync(Id.Parse(IdPrefix.Token, account), CancellationToken.None);
        Assert.Equal(("110000000", AccountType.Savings, HolderType.Individual, "Ada Lovelace"), (opened.Routing, opened.Type, opened.Holder, opened.HolderName));
    }

    [Fact]
    public async Task Start_WithoutAKeyThatRowsNeed_IsRefusedAndSaysWhich()
    {
        await using (var before = await StartAsync(First))
        {
            using var merchant = await before.NewMerchantAsync();
            await merchant.TokenAsync();
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(OnlySecond));
        Assert.Contains("'kek-1', which is not configured", refused.Message, StringComparison.Ordinal);
        Assert.Contains("RetiredKeys", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Crash_BetweenTwoBatches_IsGoneOnFromThere()
    {
        await using (var before = await StartAsync(First))
        {
            using var merchant = await before.NewMerchantAsync();
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => merchant.TokenAsync()));
        }

        await using var auth = new AuthProcess(world, database, Second);
        await auth.StartAsync("auth.vault.rewrapped");
        await UntilAsync(() => Task.FromResult(!auth.IsRunning));
        Assert.Equal(["kek-1", "kek-2"], await KeysAsync());   // one batch is done, and whole
        await auth.StartAsync();
        await UntilAsync(async () => (await KeysAsync()) is ["kek-2"]);
    }

    [Fact]
    public async Task DataKey_TamperedWith_IsSaidAndKeepsNobodyElseBack()
    {
        string broken;
        await using (var before = await StartAsync(First))
        {
            using var merchant = await before.NewMerchantAsync();
            broken = await merchant.TokenAsync();
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => merchant.TokenAsync()));
        }

        await ExecuteAsync("UPDATE tokens SET data_key = set_byte(data_key, 20, get_byte(data_key, 20) # 1) WHERE id = $1", Id.Parse(IdPrefix.Token, broken).Value);
        using var lines = new LogLines();
        await using var after = await AuthHost.StartAsync(world, settings => Apply(settings, Second), logging => logging.AddProvider(lines));
        await RowsLeftAsync(after, 1);
        await UntilAsync(() => Task.FromResult(lines.Count($"The data key of {broken} can't be opened") > 0));
        var view = await ViewAsync(after);
        Assert.Equal(("kek-1", 1, true), ((string?)view["keys"]![0]!["key_id"], (int)view["keys"]![0]!["rows"]!, (bool)view["keys"]![0]!["is_configured"]!));
    }

    [Fact]
    public async Task Key_OlderThanItMayGet_IsRemindedOfAndDegraded()
    {
        using var lines = new LogLines();
        await using var host = await AuthHost.StartAsync(
            world,
            settings =>
            {
                Apply(settings, First);
                settings["Auth:Vault:KeyCreatedOn"] = "2026-01-01";
                settings["Auth:Vault:RotateAfter"] = "90.00:00:00";
            },
            logging => logging.AddProvider(lines));
        await UntilAsync(() => Task.FromResult(lines.Count("Key rotation due: the vault's key 'kek-1'") == 1));
        var view = await ViewAsync(host);
        Assert.Equal((true, "2026-01-01", "2026-04-01T00:00:00Z"), ((bool)view["is_due"]!, (string?)view["key_created_on"], (string?)view["due_at"]));
        using var http = new HttpClient { BaseAddress = host.Http };
        using var health = await http.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Contains("Degraded", await health.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Rotation_InTheMiddle_SaysHowFarAndHowFast()
    {
        await using (var before = await StartAsync(First))
        {
            using var merchant = await before.NewMerchantAsync();
            await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => merchant.TokenAsync()));
        }

        await using var after = await AuthHost.StartAsync(world, settings =>
        {
            Apply(settings, Second);
            settings["Auth:Vault:RotationBatch"] = "1";
            settings["Auth:Vault:RotationPause"] = "00:00:00.2";
        });
        JsonObject view = [];
        await UntilAsync(async () => (view = await ViewAsync(after))["rows_per_second"] is not null);
        var left = (double)view["rows_left"]!;
        Assert.InRange(left, 1, 59);
        Assert.Equal(left / (double)view["rows_per_second"]!, (double)view["estimated_seconds_left"]!, 0.001);
    }

    private static string Account => """{"type":"bank_account","bank_account":{"routing_number":"110000000","account_number":"000123456789","account_type":"savings","holder_type":"individual","holder_name":"Ada Lovelace"}}""";

    private Task<AuthHost> StartAsync(Action<Dictionary<string, string?>> configure) => AuthHost.StartAsync(world, settings => Apply(settings, configure));

    private void Apply(Dictionary<string, string?> settings, Action<Dictionary<string, string?>> configure)
    {
        settings["ConnectionStrings:payments"] = database;
        configure(settings);
    }

    private static void First(Dictionary<string, string?> settings)
    {
        settings["Auth:Vault:FingerprintKey"] = SecondKey;
        settings["Auth:Vault:RotationInterval"] = "00:00:00.2";
        settings["Auth:Vault:RotationBatch"] = "7";
        settings["Auth:Vault:RotationPause"] = "00:00:00.010";
    }

    private static void Second(Dictionary<string, string?> settings)
    {
        OnlySecond(settings);
        settings["Auth:Vault:RetiredKeys:kek-1"] = World.VaultKey;
    }

    private static void OnlySecond(Dictionary<string, string?> settings)
    {
        First(settings);
        settings["Auth:Vault:KeyId"] = "kek-2";
        settings["Auth:Vault:KeyEncryptionKey"] = SecondKey;
    }

    private static async Task<JsonObject> ViewAsync(AuthHost host)
    {
        using var http = new HttpClient { BaseAddress = host.Http, DefaultRequestHeaders = { { "X-Ops-Key", World.OpsKey } } };
        return (await http.GetFromJsonAsync<JsonObject>("/internal/vault/rotation"))!;
    }

    private static Task RowsLeftAsync(AuthHost host, int rows) => UntilAsync(async () => (int)(await ViewAsync(host))["rows_left"]! == rows);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "What was waited for did not happen.");
            await Task.Delay(50);
        }
    }

    private Task<List<string>> KeysAsync() => ReadAsync("SELECT kek_id FROM tokens UNION SELECT kek_id FROM webhook_endpoints ORDER BY kek_id");

    private Task<List<string>> SealedNumbersAsync() => ReadAsync("SELECT id::text || encode(coalesce(pan, account), 'hex') FROM tokens ORDER BY id");

    private async Task<List<string>> ReadAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
        {
            values.Add(reader.GetString(0));
        }

        return values;
    }

    private async Task ExecuteAsync(string sql, Guid id)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = id } } };
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }
}
