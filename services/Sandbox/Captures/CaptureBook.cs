using PayFlow.Sandbox.Authorizations;
using PayFlow.Storage;

namespace PayFlow.Sandbox.Captures;

/// <summary>The acquirers' books of captures. A method that has returned has committed.</summary>
public sealed class CaptureBook(SandboxDatabase database) : IAsyncDisposable
{
    private readonly GroupCommit<Capture, Capture> _writes = new((asked, cancel) => WriteAsync(database, asked, cancel), new GroupCommitOptions());

    /// <summary>Takes or refuses a capture unless its reference is known, and gives what the books then have under it.</summary>
    public Task<Capture> WriteAsync(Capture asked, CancellationToken cancel) => _writes.CommitAsync(asked, cancel);

    public Task<Capture?> FindAsync(string acquirer, string reference, CancellationToken cancel) =>
        CaptureSql.FindAsync(database.Source, acquirer, reference, cancel);

    public ValueTask DisposeAsync() => _writes.DisposeAsync();

    private static async Task<IReadOnlyList<Capture>> WriteAsync(SandboxDatabase database, IReadOnlyList<Capture> asked, CancellationToken cancel)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var known = await CaptureSql.LockAsync(connection, asked, cancel);
        var decided = Decide(asked, known.Authorizations, known.Captures);
        await CaptureSql.WriteAsync(connection, decided.New, cancel);
        await transaction.CommitAsync(cancel);
        return decided.Answers;
    }

    /// <summary>One after the other, each on what those before it have left.</summary>
    private static (List<Capture> New, List<Capture> Answers) Decide(
        IReadOnlyList<Capture> asked, Dictionary<(string, string), Authorization> authorizations, Dictionary<(string, string), Capture> captures)
    {
        var created = new List<Capture>();
        var answers = new List<Capture>(asked.Count);
        foreach (var capture in asked)
        {
            if (!captures.TryGetValue((capture.Acquirer, capture.Reference), out var known))
            {
                var authorization = authorizations.GetValueOrDefault((capture.Acquirer, capture.AuthorizationId));
                var refusal = CaptureRules.Refuse(authorization, capture);
                known = refusal is null ? capture : capture with { ExternalId = null, Refusal = refusal };
                captures.Add((capture.Acquirer, capture.Reference), known);
                created.Add(known);
                if (authorization is not null && refusal is null)
                {
                    authorizations[(capture.Acquirer, capture.AuthorizationId)] =
                        authorization with { Captured = authorization.Captured + capture.Amount, Closed = capture.Final };
                }
            }

            answers.Add(known);
        }

        return (created, answers);
    }
}
