using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.Payments;

/// <summary>
/// A payment as it is committed: amounts and operations are the truth, <see cref="Status"/> follows from them. It changes only by
/// <see cref="PaymentChange"/>, which is written by compare-and-set on <see cref="Version"/> and the lease's epoch.
/// </summary>
public sealed record Payment
{
    public required Id Id { get; init; }

    public required Id MerchantId { get; init; }

    public required Mode Mode { get; init; }

    public required Money Amount { get; init; }

    /// <summary>Whether it is captured right after the authorization, in full.</summary>
    public required bool CaptureAutomatically { get; init; }

    public string? Reference { get; init; }

    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }

    public required PaymentMethod Method { get; init; }

    /// <summary>Null until it is judged: of a draft, and of one that was just confirmed.</summary>
    public RiskView? Risk { get; init; }

    /// <summary>Null unless 3-D Secure is wanted.</summary>
    public Authentication? Authentication { get; init; }

    /// <summary>The key of the request that created it.</summary>
    public required string IdempotencyKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public Amounts Amounts { get; init; }

    /// <summary>Who holds the authorization.</summary>
    public string? Acquirer { get; init; }

    /// <summary>What the acquirer calls the authorization.</summary>
    public string? ExternalId { get; init; }

    public string? DeclineCode { get; init; }

    /// <summary>Of a declined payment: what the acquirer said that its code means or, when none was asked for that code, what it always means.</summary>
    public DeclineKind? DeclineKind => Authorization is { State: OperationState.Declined } declined
        ? Attempts.LastOrDefault(attempt => attempt.OperationId == declined.Id && attempt.State == AttemptState.Declined && attempt.DeclineCode == DeclineCode)?.DeclineKind
            ?? DeclineCodes.KindOf(DeclineCode!)
        : null;

    /// <summary>When the hold lapses, UTC.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public long Version { get; init; }

    public Lease Lease { get; init; }

    public long HistorySequence { get; init; }

    public long EventSequence { get; init; }

    /// <summary>In the order they were asked for.</summary>
    public ImmutableArray<Operation> Operations { get; init; } = [];

    public ImmutableArray<Attempt> Attempts { get; init; } = [];

    /// <summary>In the order they were opened.</summary>
    public ImmutableArray<Dispute> Disputes { get; init; } = [];

    public PaymentStatus Status => PaymentStates.Of(this);

    public Operation? Authorization => Operations.FirstOrDefault(operation => operation.Kind == OperationKind.Authorize);

    /// <summary>When something is to be let go of because the hold lapses; null when nothing is held.</summary>
    public DateTimeOffset? HoldEndsAt => Authorization is { State: OperationState.Succeeded } && Amounts.Uncaptured > 0 ? ExpiresAt : null;

    /// <summary>The hold lapsed, and what was not captured was let go of.</summary>
    public bool HasExpired => Operations.Any(operation => operation is { Kind: OperationKind.Expire, State: OperationState.Succeeded });

    /// <summary>The oldest operation that is not finished: operations of a payment are carried out one at a time, in order.</summary>
    public Operation? Pending => Operations.FirstOrDefault(operation => operation.State == OperationState.Pending);

    /// <summary>Whether a merchant's key may know of it: test and live don't see each other either.</summary>
    public bool IsOf(KeyName key) => MerchantId == key.MerchantId && Mode == key.Mode;

    /// <inheritdoc cref="IsOf(KeyName)"/>
    public bool IsOf(Caller caller) => MerchantId == caller.MerchantId && Mode == caller.Mode;

    /// <summary>The next operation of the payment, pending.</summary>
    internal Operation NewOperation(OperationKind kind, Id id, long amount, string idempotencyKey, DateTimeOffset now) => new()
    {
        Id = id,
        Number = Operations.Length + 1,
        Kind = kind,
        Amount = amount,
        IdempotencyKey = idempotencyKey,
        CreatedAt = now,
    };

    /// <summary>The attempt of an operation whose outcome is open; there is at most one.</summary>
    public Attempt? OpenAttempt(Operation operation) => Attempts.FirstOrDefault(attempt => attempt.OperationId == operation.Id && attempt.IsOpen);

    internal Payment With(Operation operation) => this with
    {
        Operations = Operations.FirstOrDefault(old => old.Id == operation.Id) is { } old ? Operations.Replace(old, operation) : Operations.Add(operation),
    };

    internal Payment With(Attempt attempt) => this with
    {
        Attempts = Attempts.FirstOrDefault(old => old.Id == attempt.Id) is { } old ? Attempts.Replace(old, attempt) : Attempts.Add(attempt),
    };
}

/// <summary>
/// Who runs a payment. <see cref="DueAt"/> is when somebody else may take it up: the end of the lease while one runs it, the time of the next try, or of
/// the end of the hold, while none does, null when nothing will be to do.
/// </summary>
public readonly record struct Lease(string? Owner, long Epoch, DateTimeOffset? DueAt)
{
    public bool IsHeldByAnother(string me, DateTimeOffset now) => Owner is not null && Owner != me && DueAt > now;
}

/// <summary>How a payment was judged.</summary>
/// <param name="Score">0–100.</param>
/// <param name="Decision">allow, review, authenticate, block or unavailable.</param>
/// <param name="Fallback">Fraud could not be asked and the payment was judged by its amount alone.</param>
public sealed record RiskView(int Score, string Decision, ImmutableArray<RiskReasonView> Reasons, bool Fallback)
{
    public const string Allow = "allow";
    public const string Review = "review";
    public const string Authenticate = "authenticate";
    public const string Block = "block";

    /// <summary>Fraud could not be asked.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>The card may be charged, at once or with a review afterwards.</summary>
    [JsonIgnore]
    public bool Passes => Decision is Allow or Review;
}

public sealed record RiskReasonView(string Code, int Points, string Explanation);
