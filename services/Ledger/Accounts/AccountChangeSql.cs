using Npgsql;
using PayFlow.Storage;

namespace PayFlow.Ledger.Accounts;

/// <summary>The state of accounts, and the table <c>account_changes</c>: who changed it and why.</summary>
internal static class AccountChangeSql
{
    /// <summary>Changes the state of an account that the transaction has locked.</summary>
    public static async Task WriteAsync(ShardTransaction transaction, long account, AccountState state, AccountChange change, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("UPDATE accounts SET state = $2 WHERE id = $1") { Parameters = { new() { Value = account }, new() { Value = (short)state } } },
                new NpgsqlBatchCommand("INSERT INTO account_changes (account_id, action, actor, reason, changed_at) VALUES ($1, $2, $3, $4, $5)")
                {
                    Parameters =
                    {
                        new() { Value = account },
                        new() { Value = (short)change.Action },
                        new() { Value = change.Actor },
                        new() { Value = change.Reason },
                        new() { Value = now },
                    },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(ct);
    }
}
