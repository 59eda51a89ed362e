using Microsoft.Extensions.Options;
using Npgsql;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Cards;
using PayFlow.Sandbox.Notices;

namespace PayFlow.Sandbox.Disputes;

/// <summary>The acquirers' books of disputes. Each is told in the feed by the transaction that writes it. A public method that has returned has committed.</summary>
public sealed class DisputeBook(SandboxDatabase database, IOptions<SandboxOptions> options, TimeProvider time)
{
    /// <summary>Disputes a capture, unless the reference is known; gives what the books then have under it, or why there is nothing.</summary>
    public async Task<(Dispute? Dispute, DisputeRefusal? Refusal)> OpenAsync(Acquirer acquirer, DisputeRequest asked, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var capture = (await DisputeSql.LockAsync(connection, acquirer.Code, [asked.Capture], now, cancel)).SingleOrDefault();
        if (await DisputeSql.FindByReferenceAsync(connection, acquirer.Code, asked.Reference, cancel) is { } known)
        {
            return (known, null);
        }

        if (DisputeRules.Refuse(capture, asked.Amount) is { } refusal)
        {
            return (null, refusal);
        }

        var dispute = Dispute.Open(acquirer, asked.Reference, capture!, asked.Amount ?? capture!.Disputable, asked.Reason, options.Value.RespondWithin, now);
        if (await DisputeSql.InsertAsync(connection, [dispute], cancel) == 1)
        {
            await NoticeSql.AppendAsync(connection, acquirer.Code, [dispute.ToOpenedNotice()], cancel);
            await transaction.CommitAsync(cancel);
            return (dispute, null);
        }

        // Somebody used the reference for another capture, which our lock doesn't know of.
        return (await DisputeSql.FindByReferenceAsync(connection, acquirer.Code, asked.Reference, cancel)
            ?? throw new InvalidOperationException($"Dispute {asked.Reference} is neither there nor could be written."), null);
    }

    /// <summary>Closes a dispute that is open, and gives what the books then have of it; null when it was never seen.</summary>
    public async Task<Dispute?> CloseAsync(Acquirer acquirer, string externalId, DisputeOutcome outcome, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var closed = await DisputeSql.TryCloseAsync(connection, acquirer.Code, externalId, outcome, time.GetUtcNow(), cancel);
        var dispute = await DisputeSql.FindByIdAsync(connection, acquirer.Code, externalId, cancel);
        if (closed)
        {
            await NoticeSql.AppendAsync(connection, acquirer.Code, [dispute!.ToClosedNotice()], cancel);
            await transaction.CommitAsync(cancel);
        }

        return dispute;
    }

    /// <summary>Disputes those of the settled captures whose cards are made to, in the transaction that settles them.</summary>
    /// <param name="captures">The acquirer's ids.</param>
    internal async Task OpenByThemselvesAsync(NpgsqlConnection connection, Acquirer acquirer, IReadOnlyCollection<string> captures, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var settled = captures.Count == 0 ? [] : await DisputeSql.LockAsync(connection, acquirer.Code, captures, now, cancel);
        var disputes = settled
            .Where(capture => Issuer.DisputesWith(capture.Card) is not null)
            .Select(capture => Dispute.Open(acquirer, reference: null, capture, capture.Amount, Issuer.DisputesWith(capture.Card)!.Value, options.Value.RespondWithin, now))
            .ToList();
        if (disputes.Count > 0)
        {
            await DisputeSql.InsertAsync(connection, disputes, cancel);
            await NoticeSql.AppendAsync(connection, acquirer.Code, disputes.ConvertAll(dispute => dispute.ToOpenedNotice()), cancel);
        }
    }
}
