namespace PayFlow.Reconciler.Matching;

/// <summary>What became of a record, in order of its lines.</summary>
internal enum RecordState
{
    Expected,
    Matched,
    Short,
    Missing,
    Rejected,

    /// <summary>The payer's bank took the debit back before it was settled: nothing is paid for it any more.</summary>
    Returned,
}

/// <summary>What a line turned out to be.</summary>
internal enum LineOutcome
{
    /// <summary>Pays the item in full, or the rest of it.</summary>
    Settles,

    /// <summary>Pays a part of the item.</summary>
    SettlesShort,

    /// <summary>Pays the item, and more than was asked for.</summary>
    SettlesOver,

    /// <summary>Pays again what was paid.</summary>
    Duplicate,

    /// <summary>Pays for a refund, or takes for a capture: the wrong way round.</summary>
    Opposite,

    /// <summary>The acquirer won't pay it.</summary>
    Rejected,

    /// <summary>Pays something that nobody submitted.</summary>
    MissingHere,
}

/// <summary>What a line does. Amounts are minor units, below zero where the acquirer takes the money of a refund.</summary>
/// <param name="Settled">The part that pays the item.</param>
/// <param name="Unexplained">The part that no item explains: it goes to suspense until somebody has explained it.</param>
internal readonly record struct LineMatch(LineOutcome Outcome, long Settled, long Unexplained)
{
    public Explained Explained => new(Settled, Unexplained);
}

/// <summary>
/// Phase one of reconciliation: a line against the record it names. Pure. A capture is paid and a refund is taken: what is said of paying holds for both, in
/// the direction of the record's amount.
/// </summary>
internal static class MatchRules
{
    /// <summary>Decides for a line that names no record that is known here.</summary>
    public static LineMatch Unknown(long amount, bool settles) =>
        settles ? new LineMatch(LineOutcome.MissingHere, 0, amount) : new LineMatch(LineOutcome.Rejected, 0, 0);

    /// <summary>Decides for a line of a record, given what earlier lines have settled of it.</summary>
    public static LineMatch Decide(RecordState state, long expected, long settled, long amount, bool settles)
    {
        if (!settles)
        {
            return new LineMatch(LineOutcome.Rejected, 0, 0);
        }

        if (long.Sign(amount) == -long.Sign(expected))
        {
            return new LineMatch(LineOutcome.Opposite, 0, amount);
        }

        var rest = expected - settled;
        var compared = Math.Abs(amount).CompareTo(Math.Abs(rest));
        if (state is RecordState.Matched or RecordState.Returned || (state == RecordState.Short && compared > 0))
        {
            return new LineMatch(LineOutcome.Duplicate, 0, amount);
        }

        return compared switch
        {
            0 => new LineMatch(LineOutcome.Settles, rest, 0),
            < 0 => new LineMatch(LineOutcome.SettlesShort, amount, 0),
            _ => new LineMatch(LineOutcome.SettlesOver, rest, amount - rest),
        };
    }

    /// <summary>The record's state by its facts.</summary>
    public static RecordState StateOf(long expected, long settled, RecordState before, LineOutcome outcome) => settled switch
    {
        _ when settled == expected => RecordState.Matched,
        not 0 => RecordState.Short,
        _ => outcome == LineOutcome.Rejected && before != RecordState.Returned ? RecordState.Rejected : before,
    };

    /// <summary>Whether less was settled than expected, and nothing in the other direction, which would be money that nobody can explain.</summary>
    public static bool IsShortfall(long expected, long actual) => long.Sign(actual) != -long.Sign(expected) && Math.Abs(actual) < Math.Abs(expected);

    /// <summary>Whether a record that has come to a state leaves nothing to explain of an exception that was opened for it.</summary>
    public static bool Resolves(RecordState state, string kind, bool isShortfall) => kind switch
    {
        "missing_there" or "rejected" => state is RecordState.Short or RecordState.Matched,
        "amount_mismatch" when isShortfall => state == RecordState.Matched,
        _ => false,   // money in suspense stays there until somebody has explained it
    };
}
