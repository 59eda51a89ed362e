using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PayFlow.Messaging;
using PayFlow.Storage.IntegrationTests.Support;
using PayFlow.Storage.Migrations;
using PayFlow.Testing;
using Xunit;

namespace PayFlow.Storage.IntegrationTests.Migrations;

public sealed class SchemaMigratorTests
{
    private const string Module = "Test";

    private static readonly SchemaScript First = new(1, "first", "CREATE TABLE first (id integer); GRANT SELECT ON first TO ${role};", "DROP TABLE first;");
    private static readonly SchemaScript Second = new(2, "second", "CREATE TABLE second (id integer);", "DROP TABLE second;");
    private static readonly SchemaScript Broken = new(3, "broken", "CREATE TABLE third (id integer); SELECT 1 / 0;", "DROP TABLE third;");

    [Fact]
    public async Task UpAndDown_ThereAndBackTwice_LeaveNothingBehind()
    {
        var bed = await StorageBed.MakeAsync();
        var migrator = Migrator(bed, First, Second);
        var before = await TablesAsync(bed);
        for (var time = 0; time < 2; time++)
        {
            await migrator.UpAsync(CancellationToken.None);
            await migrator.UpAsync(CancellationToken.None);   // nothing is due
            Assert.Equal(2, await bed.AskAsync<long>("SELECT count(*) FROM payflow_schema"));
            await migrator.DownAsync(Module, 1, CancellationToken.None);
            Assert.Contains("first", await TablesAsync(bed));
            Assert.DoesNotContain("second", await TablesAsync(bed));
            await migrator.DownAsync(Module, 0, CancellationToken.None);
            Assert.Equal(before.Append("payflow_schema").Distinct().Order(), await TablesAsync(bed));
        }
    }

    [Fact]
    public async Task EveryScriptOfOurLibraries_GoesDownAndUpAgain()
    {
        var bed = await StorageBed.MakeAsync();
        var modules = new[] { typeof(Shards).Assembly, typeof(Outbox).Assembly, typeof(StorageBed).Assembly }.Select(assembly => SchemaModule.From("test", assembly)).ToList();
        var migrator = new SchemaMigrator(bed.Databases[0], StorageBed.Role, modules, NullLogger.Instance);
        for (var time = 0; time < 2; time++)
        {
            await migrator.UpAsync(CancellationToken.None);
            foreach (var module in modules)
                await migrator.DownAsync(module.Name, 0, CancellationToken.None);
            Assert.Equal(["payflow_schema"], await TablesAsync(bed));
            Assert.Equal(0, await bed.AskAsync<long>("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"));
        }
    }

    [Fact]
    public async Task Up_AScriptThatRanWasEdited_RefusesAndSaysWhich()
    {
        var bed = await StorageBed.MakeAsync();
        await Migrator(bed, First).UpAsync(CancellationToken.None);
        var refused = await Assert.ThrowsAsync<SchemaException>(() => Migrator(bed, First with { Up = "CREATE TABLE edited (id integer);" }, Second).UpAsync(CancellationToken.None));
        Assert.Contains("Test: script 0001_first ran at", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("second", await TablesAsync(bed));   // nothing ran beside it
    }

    [Fact]
    public async Task Up_AScriptWasPutBelowOneThatRan_Refuses()
    {
        var bed = await StorageBed.MakeAsync();
        await Migrator(bed, Second).UpAsync(CancellationToken.None);
        var refused = await Assert.ThrowsAsync<SchemaException>(() => Migrator(bed, First, Second).UpAsync(CancellationToken.None));
        Assert.Contains("Give it the next free number", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_AScriptFails_KeepsThoseBeforeIt_AndNothingOfIt()
    {
        var bed = await StorageBed.MakeAsync();
        await Assert.ThrowsAsync<PostgresException>(() => Migrator(bed, First, Second, Broken).UpAsync(CancellationToken.None));
        Assert.Equal(2, await bed.AskAsync<long>("SELECT count(*) FROM payflow_schema"));
        Assert.DoesNotContain("third", await TablesAsync(bed));
        await Migrator(bed, First, Second, Broken with { Up = "CREATE TABLE third (id integer);" }).UpAsync(CancellationToken.None);
        Assert.Contains("third", await TablesAsync(bed));
    }

    [Fact]
    public async Task Up_ANewerProgramWasHere_LetsTheOlderOneWork()
    {
        var bed = await StorageBed.MakeAsync();
        await Migrator(bed, First, Second).UpAsync(CancellationToken.None);
        await Migrator(bed, First).UpAsync(CancellationToken.None);
        Assert.Contains("second", await TablesAsync(bed));
        await Assert.ThrowsAsync<SchemaException>(() => Migrator(bed, First).DownAsync(Module, 0, CancellationToken.None));
    }

    [Fact]
    public async Task Up_ByManyProcessesAtOnce_RunsEachScriptOnce_AlsoOnSeveralDatabases()
    {
        var bed = await StorageBed.MakeAsync(shards: 2);
        var slow = First with { Up = "SELECT pg_sleep(0.2); CREATE TABLE first (id integer);" };
        var role = $"payflow_race_{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}";
        await Task.WhenAll(Enumerable.Range(0, 8).Select(process =>
            new SchemaMigrator(bed.Databases[process % 2], role, [new("test", Module, [slow, Second])], NullLogger.Instance).UpAsync(CancellationToken.None)));
        Assert.Equal(2, await bed.AskAsync<long>("SELECT count(*) FROM payflow_schema", 0));
        Assert.Equal(2, await bed.AskAsync<long>("SELECT count(*) FROM payflow_schema", 1));
    }

    [Fact]
    public void Role_WithAStrangeName_IsRefused() =>
        Assert.Throws<SchemaException>(() => new SchemaMigrator("Host=x", "x\"; DROP TABLE payments; --", [], NullLogger.Instance));

    [Fact]
    public async Task Service_WorksAsItsRole_WhichMayOnlyWhatItWasGranted()
    {
        var bed = await StorageBed.MakeAsync();
        using var host = await bed.StartAsync();
        var source = host.Shards().All[0].Source;
        await ExecuteAsync(source, "INSERT INTO things (key) VALUES ('a')");
        for (var time = 0; time < 3; time++)   // also on a connection that was pooled and reset
        {
            await using var command = source.CreateCommand("SELECT current_user::text");
            Assert.Equal(StorageBed.Role, await command.ExecuteScalarAsync());
        }

        foreach (var sql in new[]
        {
            "DELETE FROM things", "DROP TABLE things", "CREATE TABLE mine (id integer)", "TRUNCATE things", "UPDATE payflow_slots SET epoch = 9",
            "DELETE FROM payflow_schema", "SELECT payflow_assign_slot(1::smallint, 0, 99)", "ALTER TABLE things DISABLE TRIGGER ALL",
        })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(source, sql));
            Assert.True(refused.SqlState == PostgresErrorCodes.InsufficientPrivilege, $"{sql}: {refused.SqlState}");
        }
    }

    [Fact]
    public async Task Start_MigratesBeforeAnyOtherHostedServiceStarts()
    {
        var bed = await StorageBed.MakeAsync();
        long? seen = null;
        using var host = bed.Build(configure: builder => builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(services => new Early(async () =>
        {
            await using var command = services.GetRequiredService<Shards>().All[0].Source.CreateCommand("SELECT count(*) FROM things");
            seen = (long)(await command.ExecuteScalarAsync())!;
        }))));
        await host.StartAsync();
        Assert.Equal(0, seen);
    }

    [Fact]
    public async Task Start_BeforeTheServer_WaitsForIt()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        var bed = await StorageBed.MakeAsync(own: postgres);
        await postgres.KillAsync();
        using var host = bed.Build();
        var starting = host.StartAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(starting.IsCompleted);
        await postgres.StartAsync();
        await starting;
        Assert.Equal(1000, await bed.AskAsync<long>("SELECT count(*) FROM payflow_slots"));
    }

    private static SchemaMigrator Migrator(StorageBed bed, params SchemaScript[] scripts) =>
        new(bed.Databases[0], StorageBed.Role, [new("test", Module, scripts)], NullLogger.Instance);

    private static async Task<List<string>> TablesAsync(StorageBed bed)
    {
        await using var source = bed.Owner();
        await using var command = source.CreateCommand("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
        var tables = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            tables.Add(reader.GetString(0));
        return tables;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private sealed class Early(Func<Task> start) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => start();

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
