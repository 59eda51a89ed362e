using PayFlow.Storage;

namespace PayFlow.Sandbox.Authorizations;

/// <summary>The acquirers' books of authorizations. A method that has returned has committed.</summary>
public sealed class AuthorizationBook(SandboxDatabase database, TimeProvider time) : IAsyncDisposable
{
    private readonly GroupCommit<Authorization, Authorization> _writes =
        new((asked, cancel) => AuthorizationSql.WriteAsync(database.Source, asked, cancel), new GroupCommitOptions());

    /// <summary>Writes an authorization unless its reference is known, and gives what the books then have under it.</summary>
    public Task<Authorization> WriteAsync(Authorization asked, CancellationToken cancel) => _writes.CommitAsync(asked, cancel);

    /// <summary>What the books have under a reference, or null when it was never seen.</summary>
    public Task<Authorization?> FindAsync(string acquirer, string reference, CancellationToken cancel) =>
        AuthorizationSql.FindAsync(database.Source, acquirer, reference, cancel);

    /// <summary>What an acquirer was asked to authorize in a time, oldest first; tombstones are no authorizations.</summary>
    public Task<IReadOnlyList<Authorization>> ListAsync(string acquirer, JournalRequest request, CancellationToken cancel) =>
        AuthorizationSql.ListAsync(database.Source, acquirer, request, cancel);

    /// <summary>Releases what is held under a reference, unless something of it was captured and not voided; leaves a tombstone when it was never seen.</summary>
    /// <param name="externalId">For the tombstone.</param>
    public Task<Authorization> ReverseAsync(string acquirer, string reference, string externalId, CancellationToken cancel) =>
        AuthorizationSql.ReverseAsync(database.Source, acquirer, reference, externalId, time.GetUtcNow(), cancel);

    public ValueTask DisposeAsync() => _writes.DisposeAsync();
}
