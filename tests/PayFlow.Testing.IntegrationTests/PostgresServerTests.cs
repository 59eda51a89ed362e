using Npgsql;

namespace PayFlow.Testing.IntegrationTests;

public sealed class PostgresServerTests
{
    [Fact]
    public async Task CreateDatabase_SameNameTwice_GivesTwoEmptyDatabases()
    {
        var server = await PostgresServer.SharedAsync();

        var first = await server.CreateDatabaseAsync("payments");
        var second = await server.CreateDatabaseAsync("payments");
        await ExecuteAsync(first, "CREATE TABLE t (id int)");

        Assert.NotEqual(first, second);
        Assert.Equal(0L, await ScalarAsync(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public async Task Server_Settings_AreDurable()
    {
        var server = await PostgresServer.SharedAsync();
        var database = server.ConnectionString("postgres");

        Assert.Equal("on", await ScalarAsync(database, "SHOW fsync"));
        Assert.Equal("on", await ScalarAsync(database, "SHOW synchronous_commit"));
        Assert.Equal("on", await ScalarAsync(database, "SHOW full_page_writes"));
        Assert.Equal("200", await ScalarAsync(database, "SHOW max_connections"));
    }

    [Fact]
    public async Task Server_WrongPassword_IsRefused()
    {
        var server = await PostgresServer.SharedAsync();
        var database = new NpgsqlConnectionStringBuilder(server.ConnectionString("postgres")) { Password = "wrong", Pooling = false };

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(database.ConnectionString, "SELECT 1"));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task Kill_ThenStart_KeepsWhatWasCommittedAndNothingElse()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var database = await server.CreateDatabaseAsync("payments");
        await ExecuteAsync(database, "CREATE TABLE t (id int)");
        await ExecuteAsync(database, "INSERT INTO t SELECT generate_series(1, 1000)");
        await using var open = new NpgsqlConnection(database);
        await open.OpenAsync();
        await using var transaction = await open.BeginTransactionAsync();
        await using var uncommitted = new NpgsqlCommand("INSERT INTO t VALUES (-1)", open, transaction);
        await uncommitted.ExecuteNonQueryAsync();
        var port = server.Port;

        await server.KillAsync();

        Assert.False(server.IsRunning);
        Assert.False(await Tcp.IsOpenAsync(port));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());

        await server.StartAsync();
        NpgsqlConnection.ClearAllPools();

        Assert.Equal(port, server.Port);
        Assert.Equal(1000L, await ScalarAsync(database, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Stop_WithOpenConnection_DoesNotWaitForIt()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var open = new NpgsqlConnection(server.ConnectionString("postgres"));
        await open.OpenAsync();

        await server.StopAsync();

        Assert.Equal(0, server.ExitCode);
        Assert.Contains(server.Log, line => line.Contains("fast shutdown", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_Twice_IsRefused()
    {
        var server = await PostgresServer.SharedAsync();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(server.StartAsync);

        Assert.Contains("runs already", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
