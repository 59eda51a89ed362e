using System.Net;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.IntegrationTests.ApiKeys;

[Collection(OneWorld.Name)]
public sealed class ApiKeyTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Create_ShownOnce_OpensWhatItMayAndIsKeptNowhere()
    {
        var key = MerchantClient.NewKey();
        const string body = """{"name":"shop","scopes":["payments:write","payments:read"]}""";
        var made = await Merchant.PostAsync("/v1/api-keys", body, key);
        var secret = made["secret"]!;
        Assert.Equal((HttpStatusCode.Created, "test", "active", secret[^4..]), (made.Status, made["mode"], made["status"], made["last4"]));
        var identity = await WhoAsync(secret);
        Assert.Equal((Merchant.Merchant.ToString(), made["id"]), (identity!.MerchantId, identity.KeyId));
        Assert.Equal(["payments:read", "payments:write"], identity.Scopes);

        // The retry shows which key was made, and not the key.
        var again = await Merchant.PostAsync("/v1/api-keys", body, key);
        Assert.Equal((HttpStatusCode.Created, true, made["id"], null), (again.Status, again.IsReplay, again["id"], again["secret"]));
        Assert.Equal(again.Text, (await Merchant.PostAsync("/v1/api-keys", body, key)).Text);
        Assert.Equal(1, await CountAsync("SELECT count(*) FROM api_keys WHERE merchant_id = $1 AND name = 'shop'"));
        Assert.DoesNotContain(secret, await TablesAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, (await Merchant.GetAsync("/v1/api-keys")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_TwentyAtOnceUnderOneKey_IsOneKeyShownOnce()
    {
        var key = MerchantClient.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Merchant.PostAsync("/v1/api-keys", """{"name":"one"}""", key)));
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString()));
        Assert.Single(answers.Select(answer => answer["id"]).Distinct());
        Assert.Single(answers, answer => answer["secret"] is not null);
    }

    [Theory]
    [InlineData("""{"mode":"live"}""", "mode")]
    [InlineData("""{"scopes":["everything"]}""", "scopes")]
    [InlineData("""{"scopes":["payments:read","payments:read"]}""", "scopes")]
    [InlineData("""{"scopes":[]}""", "scopes")]
    [InlineData("""{"scopes":["payments:read",7]}""", "scopes")]
    [InlineData("""{"expires_at":"2020-01-01T00:00:00Z"}""", "expires_at")]
    [InlineData("""{"name":""}""", "name")]
    public async Task Create_WrongBody_IsRefused(string body, string param)
    {
        var refused = await Merchant.PostAsync("/v1/api-keys", body);
        Assert.Equal((HttpStatusCode.BadRequest, param), (refused.Status, refused["param"]));
    }

    [Fact]
    public async Task Keys_NoMoreThanTheAskerHas()
    {
        using var limited = Host.ClientOf(Merchant.Merchant, Mode.Test, "keys:write", "payments:read");
        var beyond = await limited.PostAsync("/v1/api-keys", """{"scopes":["payments:read","refunds:write"]}""");
        Assert.Equal((HttpStatusCode.Forbidden, "insufficient_scope"), (beyond.Status, beyond["code"]));
        Assert.Contains("refunds:write", beyond["detail"], StringComparison.Ordinal);

        // Rotating shows a secret, so it takes what the key has; without scopes a key gets the asker's.
        var strong = await Merchant.PostAsync("/v1/api-keys", "{}");
        Assert.Equal(HttpStatusCode.Forbidden, (await limited.PostAsync($"/v1/api-keys/{strong["id"]}/rotate", "{}")).Status);
        var made = await limited.PostAsync("/v1/api-keys", "{}");
        Assert.Equal(["keys:write", "payments:read"], made.Body["scopes"]!.AsArray().Select(scope => (string?)scope));
    }

    [Fact]
    public async Task Rotate_WithOverlap_BothOpenUntilItIsOver()
    {
        var old = await Merchant.PostAsync("/v1/api-keys", """{"name":"shop","scopes":["payments:read"]}""");
        var made = await Merchant.PostAsync($"/v1/api-keys/{old["id"]}/rotate", """{"overlap_seconds":2}""");
        Assert.Equal((HttpStatusCode.Created, "shop"), (made.Status, made["name"]));
        var ending = await WhoAsync(old["secret"]!);
        Assert.Equal(["payments:read"], (await WhoAsync(made["secret"]!))!.Scopes);
        Assert.Equal(2, (ending!.ExpiresAt.ToDateTimeOffset() - DateTimeOffset.Parse(made["created_at"]!, System.Globalization.CultureInfo.InvariantCulture)).TotalSeconds, 0.1);

        var twice = await Merchant.PostAsync($"/v1/api-keys/{old["id"]}/rotate", "{}");
        Assert.Equal((HttpStatusCode.Conflict, "api_key_rotated"), (twice.Status, twice["code"]));
        Assert.Contains(made["id"]!, twice["detail"], StringComparison.Ordinal);
        await UntilAsync(async () => await WhoAsync(old["secret"]!) is null);
        Assert.NotNull(await WhoAsync(made["secret"]!));
        var listed = (await Merchant.GetAsync("/v1/api-keys")).Body["data"]!.AsArray().Single(key => (string?)key!["id"] == old["id"])!;
        Assert.Equal(("expired", made["id"]), ((string?)listed["status"], (string?)listed["replaced_by"]));
    }

    [Fact]
    public async Task Rotate_WithoutOverlap_EndsTheOldAtOnceAndARetryMakesNoOther()
    {
        var old = await Merchant.PostAsync("/v1/api-keys", "{}");
        var key = MerchantClient.NewKey();
        var made = await Merchant.PostAsync($"/v1/api-keys/{old["id"]}/rotate", """{"overlap_seconds":0}""", key);
        Assert.Null(await WhoAsync(old["secret"]!));
        var again = await Merchant.PostAsync($"/v1/api-keys/{old["id"]}/rotate", """{"overlap_seconds":0}""", key);
        Assert.Equal((HttpStatusCode.Created, true, made["id"], null), (again.Status, again.IsReplay, again["id"], again["secret"]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.PostAsync($"/v1/api-keys/{old["id"]}/rotate", """{"overlap_seconds":1}""", key)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.PostAsync($"/v1/api-keys/{made["id"]}/rotate", """{"overlap_seconds":0}""", key)).Status);
    }

    [Fact]
    public async Task Rotate_NothingSaid_OverlapsADay()
    {
        var old = await Merchant.PostAsync("/v1/api-keys", "{}");
        var made = await Merchant.PostAsync($"/v1/api-keys/{old["id"]}/rotate", "{}");
        var ends = (await WhoAsync(old["secret"]!))!.ExpiresAt.ToDateTimeOffset();
        Assert.Equal(24, (ends - DateTimeOffset.Parse(made["created_at"]!, System.Globalization.CultureInfo.InvariantCulture)).TotalHours, 0.01);
    }

    [Fact]
    public async Task Revoke_Key_OpensNothingAnyMoreAndIsTold()
    {
        var since = (await Client().ListKeyChangesAsync(new ListKeyChangesRequest())).AsOf;
        var made = await Merchant.PostAsync("/v1/api-keys", "{}");
        var revoked = await Merchant.PostAsync($"/v1/api-keys/{made["id"]}/revoke", "{}");
        Assert.Equal((HttpStatusCode.OK, "revoked"), (revoked.Status, revoked["status"]));
        Assert.Null(await WhoAsync(made["secret"]!));
        var again = await Merchant.PostAsync($"/v1/api-keys/{made["id"]}/revoke", "{}");
        Assert.Equal((revoked.Status, revoked.Text), (again.Status, again.Text));
        Assert.Equal(HttpStatusCode.Conflict, (await Merchant.PostAsync($"/v1/api-keys/{made["id"]}/rotate", "{}")).Status);

        var changes = await Client().ListKeyChangesAsync(new ListKeyChangesRequest { Since = since });
        Assert.Contains(Hash(made["secret"]!), changes.KeyHashes);
        Assert.False(changes.Everything);
    }

    [Fact]
    public async Task Changes_OfTheMerchantsSettings_AreOfItsKeys()
    {
        using var administrator = Host.Administrator();
        var merchant = await administrator.OnboardAsync();
        var made = await administrator.PostAsync($"/admin/v1/merchants/{merchant}/api-keys", """{"mode":"live"}""");
        Assert.StartsWith("sk_live_", made["secret"], StringComparison.Ordinal);
        await ExecuteAsync("UPDATE api_keys SET changed_at = changed_at - interval '1 hour' WHERE merchant_id = $1", merchant);
        await ExecuteAsync("UPDATE merchants SET changed_at = changed_at - interval '1 hour' WHERE id = $1", merchant);
        var since = (await Client().ListKeyChangesAsync(new ListKeyChangesRequest())).AsOf;
        Assert.DoesNotContain(Hash(made["secret"]!), (await Client().ListKeyChangesAsync(new ListKeyChangesRequest { Since = since })).KeyHashes);
        await administrator.PatchAsync($"/admin/v1/merchants/{merchant}", """{"rate_limit":7}""", "\"1\"");
        Assert.Contains(Hash(made["secret"]!), (await Client().ListKeyChangesAsync(new ListKeyChangesRequest { Since = since })).KeyHashes);
        Assert.Equal(7, (await WhoAsync(made["secret"]!))!.RateLimit);
    }

    [Fact]
    public async Task Modes_OfOneMerchant_NeverSeeEachOther()
    {
        using var live = Host.ClientOf(Merchant.Merchant, Mode.Live);
        var made = await live.PostAsync("/v1/api-keys", "{}");
        Assert.StartsWith("sk_live_", made["secret"], StringComparison.Ordinal);
        Assert.DoesNotContain(made["id"]!, (await Merchant.GetAsync("/v1/api-keys")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.PostAsync($"/v1/api-keys/{made["id"]}/revoke", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.PostAsync($"/v1/api-keys/{made["id"]}/rotate", "{}")).Status);
        Assert.NotNull(await WhoAsync(made["secret"]!));
    }

    [Fact]
    public async Task Administrator_SameKeyOfItsOwnAndOfTheMerchant_AreTwoKeys()
    {
        using var administrator = Host.Administrator();
        var key = MerchantClient.NewKey();
        var path = $"/admin/v1/merchants/{Merchant.Merchant}/api-keys";
        var theirs = await administrator.PostAsync(path, """{"mode":"test"}""", key);
        var own = await Merchant.PostAsync("/v1/api-keys", "{}", key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (theirs.Status, own.Status));
        Assert.NotEqual(theirs["id"], own["id"]);
        Assert.Equal((string?)own["id"], (string?)(await Merchant.GetAsync($"/v1/idempotency/{key}")).Body["resource"]!["id"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await administrator.PostAsync(path, "{}")).Status);   // it has to say the mode

        var lines = (await administrator.GetAsync($"/admin/v1/merchants/{Merchant.Merchant}/audit")).Body["data"]!.AsArray();
        Assert.Equal([("api_key.created", "key_tests"), ("api_key.created", "administrator:ada")], lines.Take(2).Select(line => ((string)line!["action"]!, (string)line["actor"]!)));
    }

    [Fact]
    public async Task Uses_ToldTwiceInAMinute_AreWrittenOnce()
    {
        var made = await Merchant.PostAsync("/v1/api-keys", "{}");
        var first = new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
        await NoteAsync(made["id"]!, first);
        await NoteAsync(made["id"]!, first.AddSeconds(59));
        await NoteAsync(made["id"]!, first.AddSeconds(-30));
        Assert.Equal("2026-11-21T09:00:00Z", await LastUsedAsync(made["id"]!));
        await NoteAsync(made["id"]!, first.AddSeconds(60));
        Assert.Equal("2026-11-21T09:01:00Z", await LastUsedAsync(made["id"]!));
    }

    [Fact]
    public async Task Create_MoreThanFit_IsRefusedAtAnyConcurrency()
    {
        await using var host = await AuthHost.StartAsync(World, settings => settings["Auth:Merchants:MaxKeys"] = "4");
        using var merchant = await host.NewMerchantAsync();   // has one
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => merchant.PostAsync("/v1/api-keys", "{}")));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(7, answers.Count(answer => answer["code"] == "too_many_api_keys"));
    }

    private Contracts.Auth.V1.Merchants.MerchantsClient Client() => new(Host.Channel);

    private static ByteString Hash(string secret) => ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private async Task<ApiKeyIdentity?> WhoAsync(string secret)
    {
        try
        {
            return await Client().AuthenticateApiKeyAsync(new AuthenticateApiKeyRequest { KeyHash = Hash(secret) });
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.Unauthenticated)
        {
            return null;
        }
    }

    private async Task NoteAsync(string key, DateTimeOffset at) =>
        await Client().NoteKeyUsesAsync(new NoteKeyUsesRequest { Uses = { new KeyUse { KeyId = key, UsedAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(at) } } });

    private async Task<string?> LastUsedAsync(string key) =>
        (string?)(await Merchant.GetAsync("/v1/api-keys")).Body["data"]!.AsArray().Single(listed => (string?)listed!["id"] == key)!["last_used_at"];

    private async Task<long> CountAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = Merchant.Merchant.Value } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql, Id merchant)
    {
        await using var connection = new NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = merchant.Value } } };
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }

    private async Task<string> TablesAsync()
    {
        await using var connection = new NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT string_agg(line, chr(10)) FROM (SELECT k::text AS line FROM api_keys k UNION ALL SELECT i::text FROM idempotency_keys i UNION ALL SELECT a::text FROM audit a) lines
            """, connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
