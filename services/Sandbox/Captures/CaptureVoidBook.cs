namespace PayFlow.Sandbox.Captures;

/// <summary>The acquirers' books of voided captures. A method that has returned has committed.</summary>
public sealed class CaptureVoidBook(SandboxDatabase database)
{
    /// <summary>Takes or refuses a capture's void unless its reference is known, and gives what the books then have under it.</summary>
    public async Task<CaptureVoid> WriteAsync(CaptureVoid asked, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var capture = await CaptureVoidSql.LockCaptureAsync(connection, asked.Acquirer, asked.CaptureId, cancel);
        if (await CaptureVoidSql.FindAsync(connection, asked.Acquirer, asked.Reference, cancel) is { } known)
        {
            return known;
        }

        var decided = asked.Decided(CaptureVoidRules.Refuse(capture));
        if (await CaptureVoidSql.TryInsertAsync(connection, decided, cancel))
        {
            await transaction.CommitAsync(cancel);
            return decided;
        }

        // Somebody used the reference for another capture, which our lock doesn't know of.
        return await CaptureVoidSql.FindAsync(connection, asked.Acquirer, asked.Reference, cancel)
            ?? throw new InvalidOperationException($"Void {asked.Reference} is neither there nor could be written.");
    }

    /// <summary>What the books have under a reference, or null when it was never seen.</summary>
    public async Task<CaptureVoid?> FindAsync(string acquirer, string reference, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        return await CaptureVoidSql.FindAsync(connection, acquirer, reference, cancel);
    }
}
