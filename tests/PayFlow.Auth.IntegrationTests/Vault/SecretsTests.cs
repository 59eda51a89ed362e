using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Testing;
using StackExchange.Redis;

namespace PayFlow.Auth.IntegrationTests.Vault;

/// <summary>Card data is in the vault, sealed, and nowhere else: tables, topics, logs and answers are searched after a day that had everything in it.</summary>
[Collection(OneWorld.Name)]
public sealed class SecretsTests(World world)
{
    private const string Cvc = "7391";
    private const string Account = "94837261504837261";
    private const string Holder = "Augusta Ada Byron";

    [Fact]
    public async Task Day_WithEverythingInIt_ShowsNoSecretAnywhere()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var database = await world.Postgres.CreateDatabaseAsync("payments");
        using var lines = new LogLines();
        await using var host = await StartAsync(database, redis, lines);
        using var merchant = await host.NewMerchantAsync();
        string[] numbers = [Cards.Fresh(), Cards.Fresh(), "4000000000000002"];
        var (answers, keys) = await DayAsync(merchant, numbers);
        await UntilPublishedAsync(database);

        var evidence = await Evidence.CollectAsync(database, host.Get<IConnectionMultiplexer>(), world.Kafka.Address, lines, answers);
        Assert.Contains("payment.authorized", evidence["table outbox"], StringComparison.Ordinal);
        Assert.Contains("payflow:auth:answer", evidence["redis"], StringComparison.Ordinal);
        Assert.Contains(Hex(merchant.Merchant.ToString()), evidence["topic payments.events"], StringComparison.OrdinalIgnoreCase);
        Assert.Contains(Hex(merchant.Merchant.ToString()), evidence["topic payments.ingest"], StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(evidence["logs"]);
        Assert.All([.. numbers, Account, Holder, World.VaultKey, .. keys], secret => Assert.Empty(evidence.WhereIs(secret)));
        Assert.All(evidence.Places, place => Assert.DoesNotContain($"\"{Cvc}\"", evidence[place], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("table history")]
    [InlineData("table outbox")]
    [InlineData("redis")]
    [InlineData("topic settlement.results.dlq")]
    [InlineData("logs")]
    public async Task Leak_PlantedSomewhere_IsFound(string place)
    {
        await using var redis = await RedisServer.StartNewAsync();
        var database = await world.Postgres.CreateDatabaseAsync("payments");
        using var lines = new LogLines();
        await using var host = await StartAsync(database, redis, lines);
        using var merchant = await host.NewMerchantAsync();
        var number = Cards.Fresh();
        await merchant.PayAsync(number: number);
        await UntilPublishedAsync(database);
        switch (place)
        {
            case "table history":
                await ExecuteAsync(database, "INSERT INTO history SELECT payment_id, 99, type, status, status, at, jsonb_build_object('card', $1::text) FROM history LIMIT 1", number);
                break;
            case "table outbox":
                await ExecuteAsync(database, "UPDATE outbox SET payload = payload || convert_to($1, 'UTF8')", number);
                break;
            case "redis":
                await host.Get<IConnectionMultiplexer>().GetDatabase().HashSetAsync("leak", "card", number);
                break;
            case "logs":
                host.Get<ILoggerFactory>().CreateLogger("leak").Log(LogLevel.Information, default, number, exception: null, (card, _) => $"Charging {card}");
                break;
            default:
                using (var producer = new Confluent.Kafka.ProducerBuilder<byte[], byte[]>(new Confluent.Kafka.ProducerConfig { BootstrapServers = world.Kafka.Address }).Build())
                {
                    // Where nobody consumes it: this world's topics are everybody's.
                    await producer.ProduceAsync("settlement.results.dlq", new() { Value = Encoding.UTF8.GetBytes($"card {number}") });
                }

                break;
        }

        var evidence = await Evidence.CollectAsync(database, host.Get<IConnectionMultiplexer>(), world.Kafka.Address, lines, answers: "");
        Assert.Equal([place], evidence.WhereIs(number));
    }

    [Fact]
    public async Task Cvc_DeclinedByRisk_IsGone()
    {
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync("4000000000004954", Cvc[..3]);
        Assert.Equal(1, await CvcsAsync(token));
        var declined = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey());
        Assert.Equal(("declined", "blocked_by_risk"), (declined["status"], declined["decline_code"]));
        Assert.Equal(0, await CvcsAsync(token));
    }

    [Fact]
    public async Task Cvc_DeclinedByTheAcquirer_IsGone()
    {
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync("4000000000000002", Cvc[..3]);
        await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey());
        Assert.Equal(0, await CvcsAsync(token));
    }

    [Fact]
    public async Task Cvc_AfterTheFirstAttempt_IsGone()
    {
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync(cvc: Cvc[..3]);
        Assert.Equal(1, await CvcsAsync(token));
        await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey());
        Assert.Equal(0, await CvcsAsync(token));

        var again = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 1600), MerchantClient.NewKey());
        Assert.Equal("authorized", again["status"]);
    }

    [Fact]
    public async Task Cvc_NeverUsed_IsGoneAfterItsTime()
    {
        var database = await world.Postgres.CreateDatabaseAsync("payments");
        await using var host = await AuthHost.StartAsync(world, settings =>
        {
            settings["ConnectionStrings:payments"] = database;
            settings["Auth:Vault:CvcLifetime"] = "00:00:02";
        });
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync(cvc: Cvc[..3]);
        var started = TimeProvider.System.GetTimestamp();
        while (await CvcsAsync(token, database) > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "The code is still there.");
            await Task.Delay(250);
        }

        Assert.True(TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Tokens_SameCardTwice_HaveOneFingerprintAndTwoIds()
    {
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var body = new JsonObject { ["type"] = "card", ["card"] = new JsonObject { ["number"] = "4242424242424242", ["exp_month"] = 12, ["exp_year"] = 2030 } }.ToJsonString();
        var (one, two) = (await merchant.PostAsync("/v1/tokens", body), await merchant.PostAsync("/v1/tokens", body));
        Assert.NotEqual(one["id"], two["id"]);
        Assert.Equal((string?)one.Body["card"]!["fingerprint"], (string?)two.Body["card"]!["fingerprint"]);
        Assert.Equal(("visa", "4242", "424242******4242", "US"), ((string?)one.Body["card"]!["brand"], (string?)one.Body["card"]!["last4"], (string?)one.Body["card"]!["masked"], (string?)one.Body["card"]!["country"]));
    }

    private Task<AuthHost> StartAsync(string database, RedisServer redis, LogLines lines) => AuthHost.StartAsync(world, settings =>
    {
        settings["ConnectionStrings:payments"] = database;
        settings["ConnectionStrings:redis"] = redis.Address;
        settings["Logging:LogLevel:Default"] = "Trace";
        settings["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace";
        settings["Logging:LogLevel:System.Net.Http.HttpClient"] = "Trace";
        settings["Logging:LogLevel:Npgsql"] = "Trace";
    }, logging => logging.AddProvider(lines));

    /// <summary>Everything that a merchant does with secrets, right and wrong.</summary>
    /// <returns>All answers but those that show a secret, and the secrets of the keys.</returns>
    private static async Task<(string Answers, IReadOnlyList<string> Keys)> DayAsync(MerchantClient merchant, string[] numbers)
    {
        var answers = new StringBuilder();
        foreach (var number in numbers)
        {
            var token = await merchant.TokenAsync(number, Cvc[..3]);
            var paid = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey());
            var capture = await merchant.CaptureAsync(paid["id"]!, 100);
            var history = await merchant.GetAsync($"/v1/payments/{paid["id"]}/history");
            var accepted = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 1600), MerchantClient.NewKey(), prefer: "respond-async");
            answers.AppendJoin('\n', paid.Text, capture.Text, history.Text, accepted.Text);
        }

        var amex = new JsonObject { ["number"] = "378282246310005", ["exp_month"] = 12, ["exp_year"] = 2030, ["cvc"] = Cvc };
        var key = MerchantClient.NewKey();
        answers.AppendLine((await merchant.PostAsync("/v1/tokens", new JsonObject { ["type"] = "card", ["card"] = amex }.ToJsonString(), key)).Text);
        answers.AppendLine((await merchant.GetAsync($"/v1/idempotency/{key}")).Text);
        var account = await merchant.PostAsync(
            "/v1/tokens",
            $$$"""{"type":"bank_account","bank_account":{"routing_number":"110000000","account_number":"{{{Account}}}","account_type":"checking","holder_type":"company","holder_name":"{{{Holder}}}"}}""",
            MerchantClient.NewKey());
        var debit = await merchant.PostAsync("/v1/payments", MerchantClient.Debit(account["id"]!, capture: true), MerchantClient.NewKey());
        Assert.Equal("captured", debit["status"]);
        answers.AppendJoin('\n', account.Text, debit.Text, (await merchant.GetAsync($"/v1/payments/{debit["id"]}/history")).Text);

        var wrong = new JsonObject { ["type"] = "card", ["card"] = new JsonObject { ["number"] = $"{numbers[0]}0", ["exp_month"] = 12, ["exp_year"] = 2030, ["cvc"] = Cvc } };
        answers.AppendLine((await merchant.PostAsync("/v1/tokens", wrong.ToJsonString())).Text);
        answers.AppendLine((await merchant.PostAsync("/v1/tokens", wrong.ToJsonString()[..^1])).Text);

        var made = await merchant.PostAsync("/v1/api-keys", "{}", MerchantClient.NewKey());
        var rotated = await merchant.PostAsync($"/v1/api-keys/{made["id"]}/rotate", "{}", MerchantClient.NewKey());
        answers.AppendLine((await merchant.GetAsync("/v1/api-keys")).Text);
        return (answers.ToString(), [made["secret"]!, rotated["secret"]!]);
    }

    private static async Task UntilPublishedAsync(string database)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await ScalarAsync(database, "SELECT count(*) FROM outbox_unpublished") > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "The outbox is not published.");
            await Task.Delay(50);
        }
    }

    private static async Task<long> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(string database, string sql, string value)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }

    private static string Hex(string number) => Convert.ToHexString(Encoding.ASCII.GetBytes(number));

    private async Task<long> CvcsAsync(string token, string? database = null)
    {
        await using var connection = new NpgsqlConnection(database ?? world.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM tokens WHERE id = $1 AND cvc IS NOT NULL", connection) { Parameters = { new() { Value = Id.Parse(IdPrefix.Token, token).Value } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
