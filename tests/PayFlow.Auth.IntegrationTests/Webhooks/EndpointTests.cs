using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Webhooks;

/// <summary>Endpoints as production has them: at public addresses only. None of them is ever called here.</summary>
[Collection(OneWorld.Name)]
public sealed class EndpointTests(World world) : HostedTests(world)
{
    private const string Public = "https://93.184.216.34/hook";

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:Webhooks:AllowPrivateAddresses"] = "false";
        settings["Auth:Webhooks:MaxEndpoints"] = "3";
    };

    [Fact]
    public async Task Endpoint_MadeReadChangedAndDeleted()
    {
        var made = await PostAsync($$"""{"url":"{{Public}}","types":["payment.voided","payment.captured","payment.voided"],"description":"books"}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.StartsWith("whsec_", made["secret"], StringComparison.Ordinal);
        Assert.Equal((Public, "books", true, "test"), (made["url"], made["description"], (bool)made.Body["enabled"]!, made["mode"]));
        Assert.Equal(["payment.captured", "payment.voided"], made.Body["types"]!.AsArray().Select(type => (string)type!));

        var path = $"/v1/webhook-endpoints/{made["id"]}";
        var read = await Merchant.GetAsync(path);
        Assert.False(read.Body.ContainsKey("secret"));
        Assert.Equal(read.Body.ToJsonString(), (await Merchant.GetAsync("/v1/webhook-endpoints")).Body["data"]![0]!.ToJsonString());

        var changed = await Merchant.SendAsync(HttpMethod.Patch, path, """{"enabled":false,"types":[],"description":""}""");
        Assert.Equal((HttpStatusCode.OK, false, "by_merchant", null, Public), (changed.Status, (bool)changed.Body["enabled"]!, changed["disabled_reason"], changed["description"], changed["url"]));
        Assert.Empty(changed.Body["types"]!.AsArray());
        var enabled = await Merchant.SendAsync(HttpMethod.Patch, path, """{"enabled":true}""");
        Assert.Equal((true, null), ((bool)enabled.Body["enabled"]!, enabled["disabled_reason"]));

        Assert.True((bool)(await Merchant.SendAsync(HttpMethod.Delete, path)).Body["deleted"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.GetAsync(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.SendAsync(HttpMethod.Delete, path)).Status);
    }

    [Fact]
    public async Task Endpoint_OfAnotherMerchantOrMode_IsNotThere()
    {
        var made = await PostAsync($$"""{"url":"{{Public}}"}""");
        using var neighbour = await Host.NewMerchantAsync();
        using var live = Merchant.In(Mode.Live);
        var path = $"/v1/webhook-endpoints/{made["id"]}";
        foreach (var stranger in new[] { neighbour, live })
        {
            Assert.Empty((await stranger.GetAsync("/v1/webhook-endpoints")).Body["data"]!.AsArray());
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"{path}/deliveries")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.SendAsync(HttpMethod.Patch, path, """{"enabled":false}""")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.SendAsync(HttpMethod.Delete, path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"{path}/rotate-secret", "")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"{path}/test", "")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await Merchant.GetAsync(path)).Status);
    }

    [Theory]
    [InlineData("https://localhost/hook")]
    [InlineData("https://127.0.0.1/hook")]
    [InlineData("https://2130706433/hook")]              // 127.0.0.1 as a number
    [InlineData("https://0x7f000001/hook")]
    [InlineData("https://10.1.2.3:8443/hook")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::1]/hook")]
    [InlineData("https://[::ffff:10.0.0.1]/hook")]
    [InlineData("https://[fd00:ec2::254]/hook")]
    [InlineData("https://no-such-host.invalid/hook")]
    public async Task Address_ThatIsNotPublic_IsRefused(string url)
    {
        var refused = await PostAsync($$"""{"url":"{{url}}"}""");
        Assert.Equal((HttpStatusCode.BadRequest, "address_not_allowed"), (refused.Status, (string?)refused.Body["errors"]![0]!["code"]));
        var made = await PostAsync($$"""{"url":"{{Public}}"}""");
        var changed = await Merchant.SendAsync(HttpMethod.Patch, $"/v1/webhook-endpoints/{made["id"]}", $$"""{"url":"{{url}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, changed.Status);
    }

    [Theory]
    [InlineData("http://shop.example/hook")]
    [InlineData("ftp://shop.example/hook")]
    [InlineData("/hook")]
    [InlineData("https://user:password@shop.example/")]
    [InlineData("https://shop.example/#part")]
    [InlineData("shop.example")]
    public async Task Url_ThatIsNoHttpsAddress_IsRefusedWithEveryOtherWrongField(string url)
    {
        var refused = await PostAsync($$"""{"url":"{{url}}","types":["payment.eaten"],"enabled":"yes","colour":"red"}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["colour", "enabled", "types", "url"], refused.Body["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Key_SentTwice_IsOneEndpointWhoseSecretIsShownOnce()
    {
        var body = $$"""{"url":"{{Public}}"}""";
        var first = await Merchant.PostAsync("/v1/webhook-endpoints", body, "hook-1");
        var again = await Merchant.PostAsync("/v1/webhook-endpoints", body, "hook-1");
        Assert.Equal((HttpStatusCode.Created, true, first["id"]), (again.Status, again.IsReplay, again["id"]));
        Assert.NotNull(first["secret"]);
        Assert.Null(again["secret"]);
        Assert.Single((await Merchant.GetAsync("/v1/webhook-endpoints")).Body["data"]!.AsArray());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.PostAsync("/v1/webhook-endpoints", $$"""{"url":"{{Public}}/2"}""", "hook-1")).Status);
    }

    [Fact]
    public async Task Endpoints_MoreThanThereMayBe_AreRefusedAlsoAtOnce()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => PostAsync($$"""{"url":"{{Public}}/{{number}}"}""")));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => Assert.Equal((HttpStatusCode.Conflict, "too_many_endpoints"), (answer.Status, answer["code"])));
    }

    [Fact]
    public async Task Secret_IsInNoTable()
    {
        var made = await Merchant.PostAsync("/v1/webhook-endpoints", $$"""{"url":"{{Public}}"}""", "hook-secret");
        var rotated = await Merchant.PostAsync($"/v1/webhook-endpoints/{made["id"]}/rotate-secret", "", "rotate-secret");
        var database = Host.Get<IConfiguration>()["ConnectionStrings:payments"];
        foreach (var table in new[] { "webhook_endpoints", "idempotency_keys", "outbox" })
        {
            await using var connection = new NpgsqlConnection(database);
            await connection.OpenAsync();
            await using var dump = new NpgsqlCommand($"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t", connection);
            var text = (string)(await dump.ExecuteScalarAsync())!;
            foreach (var secret in new[] { made["secret"]!, rotated["secret"]! })
            {
                Assert.DoesNotContain(secret["whsec_".Length..], text, StringComparison.Ordinal);
                Assert.DoesNotContain(Convert.ToHexStringLower(System.Text.Encoding.ASCII.GetBytes(secret)), text, StringComparison.Ordinal);
                Assert.DoesNotContain(Convert.ToHexStringLower(Convert.FromBase64String(secret["whsec_".Length..])), text, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("UPDATE webhook_endpoints SET disabled_reason = 'bored', disabled_at = now()", "webhook_endpoints_reason_known")]
    [InlineData("UPDATE webhook_endpoints SET disabled_reason = 'gone'", "webhook_endpoints_disabled_whole")]
    [InlineData("UPDATE webhook_endpoints SET secret = ''", "webhook_endpoints_secret_sealed")]
    [InlineData("UPDATE webhook_endpoints SET previous_secret = secret", "webhook_endpoints_previous_whole")]
    [InlineData("UPDATE webhook_endpoints SET cursor = -1", "webhook_endpoints_cursor_positive")]
    public async Task Database_BrokenRule_IsRefusedByName(string sql, string constraint)
    {
        await PostAsync($$"""{"url":"{{Public}}"}""");
        await using var connection = new NpgsqlConnection(Host.Get<IConfiguration>()["ConnectionStrings:payments"]);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(constraint, refused.ConstraintName);
    }

    private Task<Answer> PostAsync(string body) => Merchant.PostAsync("/v1/webhook-endpoints", body);
}
