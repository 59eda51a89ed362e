using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Vault;

/// <summary>Card data is in the vault, sealed, and nowhere else: tables, topics, logs and answers are searched after a day that had everything in it.</summary>
[Collection(OneWorld.Name)]
public sealed class SecretsTests(World world)
{
    private const string Cvc = "7391";

    [Fact]
    public async Task Day_WithEverythingInIt_ShowsNoCardDataAnywhere()
    {
        var database = await world.Postgres.CreateDatabaseAsync("payments");
        using var lines = new LogLines();
        await using var host = await AuthHost.StartAsync(world, settings =>
        {
            settings["ConnectionStrings:payments"] = database;
            settings["Logging:LogLevel:Default"] = "Trace";
            settings["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace";
            settings["Logging:LogLevel:System.Net.Http.HttpClient"] = "Trace";
            settings["Logging:LogLevel:Npgsql"] = "Trace";
        }, logging => logging.AddProvider(lines));
        using var merchant = await host.NewMerchantAsync();
        string[] numbers = [Cards.Fresh(), Cards.Fresh(), "4000000000000002"];
        var answers = await DayAsync(merchant, numbers);

        var tables = await DumpAsync(database);
        Assert.Contains("payment.authorized", tables, StringComparison.Ordinal);
        Assert.Contains("payflow", lines.Text, StringComparison.OrdinalIgnoreCase);
        foreach (var number in numbers)
        {
            foreach (var (where, text) in new[] { ("tables", tables), ("logs", lines.Text), ("answers", answers) })
            {
                Assert.False(text.Contains(number, StringComparison.Ordinal), $"{number} is in the {where}.");
                Assert.False(text.Contains(Hex(number), StringComparison.OrdinalIgnoreCase), $"{number} is in the {where}, as bytes.");
            }
        }

        Assert.DoesNotContain($"\"{Cvc}\"", lines.Text + answers, StringComparison.Ordinal);
        Assert.DoesNotContain(World.VaultKey, lines.Text + tables, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cvc_AfterTheFirstAttempt_IsGone()
    {
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync(cvc: Cvc);
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
        var token = await merchant.TokenAsync(cvc: Cvc);
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

    private static async Task<string> DayAsync(MerchantClient merchant, string[] numbers)
    {
        var answers = new StringBuilder();
        foreach (var number in numbers)
        {
            var token = await merchant.TokenAsync(number, Cvc);
            var paid = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), MerchantClient.NewKey());
            var capture = await merchant.CaptureAsync(paid["id"]!, 100);
            var history = await merchant.GetAsync($"/v1/payments/{paid["id"]}/history");
            answers.AppendJoin('\n', paid.Text, capture.Text, history.Text);
        }

        var wrong = new JsonObject { ["type"] = "card", ["card"] = new JsonObject { ["number"] = $"{numbers[0]}0", ["exp_month"] = 12, ["exp_year"] = 2030, ["cvc"] = Cvc } };
        answers.AppendLine((await merchant.PostAsync("/v1/tokens", wrong.ToJsonString())).Text);
        answers.AppendLine((await merchant.PostAsync("/v1/tokens", wrong.ToJsonString()[..^1])).Text);
        return answers.ToString();
    }

    private static string Hex(string number) => Convert.ToHexString(Encoding.ASCII.GetBytes(number));

    private async Task<long> CvcsAsync(string token, string? database = null)
    {
        await using var connection = new NpgsqlConnection(database ?? world.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM tokens WHERE id = $1 AND cvc IS NOT NULL", connection) { Parameters = { new() { Value = Id.Parse(IdPrefix.Token, token).Value } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Every row of every table as text; bytes as hexadecimal. What goes to Kafka is in the outbox.</summary>
    private static async Task<string> DumpAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'", connection))
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                tables.Add(reader.GetString(0));
            }
        }

        var dump = new StringBuilder();
        foreach (var table in tables)
        {
            await using var rows = new NpgsqlCommand($"SELECT t::text FROM {table} t", connection);
            await using var reader = await rows.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                dump.AppendLine(reader.GetString(0));
            }
        }

        return dump.ToString();
    }
}
