using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Refunds;

/// <summary>The acquirers' books of refunds. A method that has returned has committed.</summary>
public sealed class RefundBook(SandboxDatabase database)
{
    /// <summary>Takes or refuses a refund unless its reference is known, and gives what the books then have under it.</summary>
    public async Task<Refund> WriteAsync(Refund asked, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var authorization = await AuthorizationSql.LockAsync(connection, asked.Acquirer, asked.AuthorizationId, cancel);
        if (await RefundSql.FindAsync(connection, asked.Acquirer, asked.Reference, cancel) is { } known)
        {
            return known;
        }

        var decided = asked.Decided(RefundRules.Refuse(authorization, asked.Amount));
        if (await RefundSql.TryInsertAsync(connection, decided, cancel))
        {
            await transaction.CommitAsync(cancel);
            return decided;
        }

        // Somebody used the reference for another authorization, which our lock doesn't know of.
        return await RefundSql.FindAsync(connection, asked.Acquirer, asked.Reference, cancel)
            ?? throw new InvalidOperationException($"Refund {asked.Reference} is neither there nor could be written.");
    }

    /// <summary>What the books have under a reference, or null when it was never seen.</summary>
    public async Task<Refund?> FindAsync(string acquirer, string reference, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        return await RefundSql.FindAsync(connection, acquirer, reference, cancel);
    }
}
