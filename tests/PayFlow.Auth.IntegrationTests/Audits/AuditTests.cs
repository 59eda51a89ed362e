using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Audits;

/// <summary>The audit trail: nobody changes it, and who does it nevertheless is found.</summary>
[Collection(OneWorld.Name)]
public sealed class AuditTests(World world) : HostedTests(world)
{
    // A chain of its own, to be broken.
    protected override Action<Dictionary<string, string?>> Settings => _ => { };

    [Fact]
    public async Task Chain_ThirtyChangesAtOnce_IsWholeAndInOneOrder()
    {
        using var administrator = Host.Administrator();
        var merchants = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => administrator.OnboardAsync()));
        await Task.WhenAll(merchants.Select(merchant => administrator.PatchAsync($"/admin/v1/merchants/{merchant}", """{"hold_days":3}""", "\"1\"")));
        await Task.WhenAll(merchants.Select(merchant => administrator.PostAsync($"/admin/v1/merchants/{merchant}/api-keys", """{"mode":"test"}""")));
        var chain = await CheckAsync();
        Assert.Equal((true, 32), ((bool)chain["is_whole"]!, (int)chain["length"]!));   // and the two lines of the merchant that every test gets
    }

    [Theory]
    [InlineData("UPDATE audit SET actor = 'nobody' WHERE sequence = 3", 3, "its content was changed")]
    [InlineData("UPDATE audit SET after = jsonb_set(after, '{rate_limit}', '1') WHERE sequence = 3", 3, "its content was changed")]
    [InlineData("UPDATE audit SET at = at + interval '1 microsecond' WHERE sequence = 3", 3, "its content was changed")]
    [InlineData("DELETE FROM audit WHERE sequence = 3", 4, "rows are missing before it")]
    [InlineData("DELETE FROM audit WHERE sequence = 1", 2, "rows are missing before it")]
    [InlineData("UPDATE audit a SET actor = 'nobody', hash = audit_hash(ROW(a.sequence, a.at, 'nobody', a.action, a.merchant_id, a.subject, a.before, a.after, a.previous_hash, a.hash)::audit) WHERE sequence = 3",
        4, "it does not follow the row before it")]
    public async Task Chain_TamperedWithByItsOwner_SaysWhere(string tampering, long sequence, string fault)
    {
        using var administrator = Host.Administrator();
        for (var i = 0; i < 3; i++)
        {
            await administrator.OnboardAsync();
        }

        Assert.True((bool)(await CheckAsync())["is_whole"]!);
        await ExecuteAsync($"ALTER TABLE audit DISABLE TRIGGER audit_append_only; {tampering}; ALTER TABLE audit ENABLE TRIGGER audit_append_only");
        var chain = await CheckAsync();
        Assert.False((bool)chain["is_whole"]!);
        Assert.Equal((sequence, fault), ((long)chain["faults"]![0]!["sequence"]!, (string)chain["faults"]![0]!["fault"]!));
    }

    [Fact]
    public async Task Chain_TailCutOff_IsToldByTheHeadThatWasKept()
    {
        using var administrator = Host.Administrator();
        await administrator.OnboardAsync();
        var (kept, length) = ((string)(await CheckAsync())["head"]!, (long)(await CheckAsync())["length"]!);
        await ExecuteAsync($"ALTER TABLE audit DISABLE TRIGGER audit_append_only; DELETE FROM audit WHERE sequence = {length}; ALTER TABLE audit ENABLE TRIGGER audit_append_only");
        var chain = await CheckAsync();
        Assert.True((bool)chain["is_whole"]!);   // what is left follows on itself
        Assert.NotEqual(kept, (string)chain["head"]!);
    }

    [Theory]
    [InlineData("UPDATE audit SET actor = 'x'")]
    [InlineData("DELETE FROM audit")]
    [InlineData("TRUNCATE audit")]
    public async Task Audit_ChangedByItsOwner_IsRefusedByTheTrigger(string sql) =>
        Assert.Equal("audit_append_only", (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql))).ConstraintName);

    [Theory]
    [InlineData("UPDATE audit SET actor = 'x'")]
    [InlineData("DELETE FROM audit")]
    [InlineData("ALTER TABLE audit DISABLE TRIGGER ALL")]
    public async Task Audit_ChangedByTheService_IsNotItsRight(string sql) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync($"SET ROLE {AuthModule.Role}; {sql}"))).SqlState);

    [Fact]
    public async Task Line_WithAForgedHash_IsLinkedByTheDatabaseAllTheSame()
    {
        await ExecuteAsync(
            $"""
            SET ROLE {AuthModule.Role};
            INSERT INTO audit (sequence, at, actor, action, merchant_id, subject, previous_hash, hash)
            VALUES (99, now(), 'forger', 'x', gen_random_uuid(), 'x', decode(repeat('aa', 32), 'hex'), decode(repeat('bb', 32), 'hex'))
            """);
        var chain = await CheckAsync();
        Assert.Equal((true, 3), ((bool)chain["is_whole"]!, (int)chain["length"]!));
    }

    private async Task<JsonNode> CheckAsync()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("/internal/audit", UriKind.Relative))).StatusCode);
        http.DefaultRequestHeaders.Add("X-Ops-Key", World.OpsKey);
        return Assert.Single((await http.GetFromJsonAsync<JsonArray>("/internal/audit"))!)!;
    }

    private async Task ExecuteAsync(string sql)
    {
        var database = Host.Get<Microsoft.Extensions.Configuration.IConfiguration>()["ConnectionStrings:payments"];
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
