using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Schema;

/// <summary>What the database itself refuses, to the role that Auth works as and to its owner.</summary>
[Collection(OneWorld.Name)]
public sealed class SchemaTests(World world) : HostedTests(world)
{
    [Theory]
    [InlineData("UPDATE history SET type = 'x'")]
    [InlineData("DELETE FROM history")]
    [InlineData("TRUNCATE history")]
    [InlineData("DELETE FROM payments")]
    [InlineData("DELETE FROM operations")]
    [InlineData("DELETE FROM attempts")]
    [InlineData("DELETE FROM idempotency_keys")]
    [InlineData("UPDATE tokens SET pan = ''")]
    [InlineData("DELETE FROM merchants")]
    [InlineData("ALTER TABLE history DISABLE TRIGGER ALL")]
    [InlineData("DROP TABLE history")]
    public async Task Role_WhatIsNotItsBusiness_IsRefused(string sql)
    {
        await Merchant.PayAsync();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql, AuthModule.Role));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("UPDATE history SET type = 'x'")]
    [InlineData("DELETE FROM history")]
    [InlineData("TRUNCATE history")]
    public async Task Owner_ChangesHistory_IsRefusedByTheTrigger(string sql)
    {
        await Merchant.PayAsync();
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql));
        Assert.Equal("history_append_only", refused.ConstraintName);
    }

    [Theory]
    [InlineData("UPDATE payments SET capturing = 1501", "payments_captures_within_authorized")]
    [InlineData("UPDATE payments SET captured = 1000, releasing = 501", "payments_captures_within_authorized")]
    [InlineData("UPDATE payments SET refunding = 1", "payments_refunds_within_captured")]
    [InlineData("UPDATE payments SET captured = 10, refunded = 6, refunding = 5", "payments_refunds_within_captured")]
    [InlineData("UPDATE payments SET settled = 1", "payments_settled_within_captured")]
    [InlineData("UPDATE payments SET authorized = 1499", "payments_authorized_whole")]
    [InlineData("UPDATE payments SET authorized = 0, captured = -1", "payments_not_negative")]
    [InlineData("UPDATE payments SET lease_owner = 'me', due_at = NULL", "payments_lease_ends")]
    [InlineData("UPDATE operations SET fee = amount + 1", "operations_fee_within_amount")]
    [InlineData("UPDATE operations SET state = 'pending'", "operations_finished")]
    [InlineData("UPDATE attempts SET state = 'unknown'", "attempts_finished")]
    [InlineData("INSERT INTO operations SELECT gen_random_uuid(), payment_id, 9, kind, amount, is_final, state, fee, external_id, decline_code, idempotency_key, created_at, finished_at FROM operations", "operations_one_authorize")]
    [InlineData("UPDATE idempotency_keys SET response_body = NULL", "idempotency_keys_answered_whole")]
    [InlineData("UPDATE idempotency_keys SET fingerprint = ''", "idempotency_keys_fingerprint_length")]
    [InlineData("UPDATE idempotency_keys SET payment_id = NULL", "idempotency_keys_payment_named")]
    [InlineData("UPDATE idempotency_keys SET kind = 'token.create'", "idempotency_keys_payment_named")]
    [InlineData("UPDATE idempotency_keys SET kind = 'payment'", "idempotency_keys_kind_named")]
    public async Task Database_BrokenRule_IsRefusedByName(string sql, string constraint)
    {
        var paid = await Merchant.PayAsync();
        var only = sql.StartsWith("INSERT", StringComparison.Ordinal) || sql.Contains("operations", StringComparison.Ordinal) || sql.Contains("attempts", StringComparison.Ordinal)
            ? " WHERE payment_id = $1"
            : sql.Contains("idempotency_keys", StringComparison.Ordinal) ? " WHERE resource_id = $1" : " WHERE id = $1";
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql + only, role: null, Id.Parse(IdPrefix.Payment, paid["id"]!).Value));
        Assert.Equal(constraint, refused.ConstraintName);
    }

    [Fact]
    public async Task Attempts_SecondOpenOne_IsRefused()
    {
        var paid = await Merchant.PayAsync();
        const string sql =
            """
            INSERT INTO attempts (id, payment_id, operation_id, acquirer, reference, state, tries, created_at)
            SELECT gen_random_uuid(), payment_id, operation_id, 'harbor', 'second-' || n, 'started', 0, now() FROM attempts, generate_series(1, 2) n WHERE payment_id = $1
            """;
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(sql, role: null, Id.Parse(IdPrefix.Payment, paid["id"]!).Value));
        Assert.Equal("attempts_one_open", refused.ConstraintName);
    }

    private async Task ExecuteAsync(string sql, string? role = null, Guid? payment = null)
    {
        await using var connection = new NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (role is not null)
        {
            await using var become = new NpgsqlCommand($"SET LOCAL ROLE {role}", connection, transaction);
            await become.ExecuteNonQueryAsync();
        }

        await using var command = new NpgsqlCommand(sql, connection, transaction);
        if (payment is { } id)
        {
            command.Parameters.Add(new() { Value = id });
        }

        await command.ExecuteNonQueryAsync();
        Assert.Fail("It was not refused.");   // and is rolled back, whatever it was
    }
}
