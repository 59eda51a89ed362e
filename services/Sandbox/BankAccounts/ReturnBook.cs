using Npgsql;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Notices;

namespace PayFlow.Sandbox.BankAccounts;

/// <summary>What the payers' banks take back. It is decided with the batch, and told when its day has come.</summary>
public sealed class ReturnBook(SandboxDatabase database, TimeProvider time)
{
    /// <summary>Adds what is due by now to the acquirer's feed, once. A return is told by the transaction that marks it so.</summary>
    public async Task TellDueAsync(Acquirer acquirer, CancellationToken cancel)
    {
        if (acquirer.Takes != Payer.BankAccount)
        {
            return;
        }

        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var due = await ReturnSql.TakeDueAsync(connection, acquirer.Code, time.GetUtcNow(), cancel);
        await NoticeSql.AppendAsync(connection, acquirer.Code, [.. due.OrderBy(returned => returned.DueAt).ThenBy(returned => returned.ExternalId, StringComparer.Ordinal).Select(returned => returned.ToNotice())], cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Which debits of a batch will be returned, written down in the batch's own transaction.</summary>
    internal static async Task<IReadOnlyList<BankReturn>> DecideAsync(
        NpgsqlConnection connection, Acquirer acquirer, Batches.Batch batch, TimeSpan businessDay, CancellationToken cancel)
    {
        if (acquirer.Takes != Payer.BankAccount)
        {
            return [];
        }

        var debits = await ReturnSql.FindReturningAsync(connection, acquirer.Code, batch.BatchKey, cancel);
        var returns = debits.Select(debit => BankReturn.Of(acquirer, debit, batch.AcceptedAt, batch.ReportAt, businessDay)).ToList();
        await ReturnSql.InsertAsync(connection, returns, cancel);
        return returns;
    }
}
