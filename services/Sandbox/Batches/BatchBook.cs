using Microsoft.Extensions.Options;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.BankAccounts;
using PayFlow.Sandbox.Chaos;
using PayFlow.Sandbox.Disputes;

namespace PayFlow.Sandbox.Batches;

/// <summary>The acquirers' books of batches and what they settled. A method that has returned has committed.</summary>
public sealed class BatchBook(SandboxDatabase database, DisputeBook disputes, ChaosSwitches chaos, IOptions<SandboxOptions> options, TimeProvider time)
{
    /// <summary>Takes a batch and settles it, unless its key is known; gives what the books then have under the key.</summary>
    public async Task<Batch> SubmitAsync(Acquirer acquirer, string batchKey, byte[] digest, BatchFile file, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var batch = new Batch(acquirer.Code, batchKey, digest, file.Currency, file.Items.Count, file.Amount, now, now + ReportDelay(acquirer));
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (!await BatchSql.TryInsertAsync(connection, batch, cancel))
        {
            return await BatchSql.FindAsync(connection, acquirer.Code, batchKey, cancel)
                ?? throw new InvalidOperationException($"Batch {batchKey} is neither there nor could be written.");
        }

        var taken = await BatchSql.TakeAsync(connection, batch, file.Items, cancel);
        var terms = new ChargeTerms(options.Value.ChargeBasisPoints, options.Value.ChargePerLine);
        var returns = await ReturnBook.DecideAsync(connection, acquirer, batch, options.Value.BusinessDay, cancel);
        var unpaid = returns.Where(returned => returned.DebitReference is null).Select(returned => (returned.CaptureId, returned.Amount));
        var lines = SettlementRules.Settle(file, taken.Except(unpaid).ToHashSet(), byAmount: acquirer.Takes == Payer.Card && chaos.Of(acquirer).Amounts, terms);
        await BatchSql.InsertLinesAsync(connection, batch, lines, cancel);
        var settled = lines.Where(line => line is { Status: ReportLineStatus.Settled, Amount: > 0 }).Select(line => line.ExternalId).Distinct().ToList();
        await disputes.OpenByThemselvesAsync(connection, acquirer, settled, cancel);
        await transaction.CommitAsync(cancel);
        return batch;
    }

    // Cards are settled as fast as configured; debits when the payers' banks have had their days.
    private TimeSpan ReportDelay(Acquirer acquirer) =>
        acquirer.Takes == Payer.Card ? options.Value.ReportDelay : options.Value.BusinessDay * options.Value.DebitSettlementDays;

    /// <summary>The report as a file, or null when there is none yet. The first reading starts the clock of the late lines.</summary>
    public async Task<string?> ReadReportAsync(Acquirer acquirer, string batchKey, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (await BatchSql.ReadReportAsync(database.Source, acquirer.Code, batchKey, now, now + options.Value.LateDelay, cancel) is not var (batch, lateIsDue))
        {
            return null;
        }

        var lines = await BatchSql.ReadLinesAsync(database.Source, acquirer.Code, batchKey, cancel);
        var deposits = lateIsDue && lines.Any(line => line.Deposit == 2) ? 2 : 1;
        return Report.Write(acquirer, batch, lines, deposits);
    }
}
