using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Acquirers;

/// <summary>How an orphan ended.</summary>
public enum OrphanEnd
{
    /// <summary>Nothing is held there any more.</summary>
    Reversed,

    /// <summary>The acquirer won't, because money moved there: somebody has to look.</summary>
    Refused,
}

/// <summary>An authorization that stands at an acquirer, and here is not known or came to nothing.</summary>
/// <param name="Merchant">Whose it is.</param>
/// <param name="Here">The state of the attempt here; null when there is no attempt.</param>
/// <param name="Reason">Why the acquirer refused.</param>
public sealed record Orphan(
    string Acquirer,
    string Reference,
    string ExternalId,
    Id Merchant,
    Money Amount,
    AttemptState? Here,
    DateTimeOffset FoundAt,
    OrphanEnd? End = null,
    string? Reason = null,
    DateTimeOffset? ResolvedAt = null);

/// <summary>What an acquirer's journal is compared with. Pure.</summary>
public static class OrphanRules
{
    /// <summary>
    /// Whether what stands there should not: here it is unknown, or certainly came to nothing. What is still open here is resolved by its own payment, and what is approved here is
    /// as it should be.
    /// </summary>
    /// <param name="here">Null when there is no attempt.</param>
    public static bool IsOrphan(AttemptState? here) => here is null or AttemptState.Declined or AttemptState.NotProcessed or AttemptState.Reversed;

    /// <summary>Which part of a journal to ask for: from the last mark less an overlap until what is old enough, in whole seconds.</summary>
    /// <param name="mark">Until when it was compared; null the first time.</param>
    public static (DateTimeOffset From, DateTimeOffset Until) Window(OrphanOptions options, DateTimeOffset? mark, DateTimeOffset now)
    {
        var until = Whole(now - options.MinAge);
        var from = Whole(mark is { } compared ? compared - options.Overlap : until - options.Lookback);
        return (from, from < until ? until : from);
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
