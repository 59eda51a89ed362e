using PayFlow.Kernel;

namespace PayFlow.Reconciler.Notices;

/// <summary>What an acquirer tells of its own accord.</summary>
/// <param name="Sequence">Its place in the acquirer's feed, from 1 without gaps.</param>
/// <param name="Type">What happened, as the acquirers spell it.</param>
/// <param name="OccurredAt">UTC.</param>
/// <param name="DataJson">What the acquirer says of it.</param>
internal sealed record Notice(string Acquirer, long Sequence, string Type, DateTimeOffset OccurredAt, string DataJson)
{
    public override string ToString() => $"notice {Sequence} of {Acquirer} ({Type})";
}

/// <summary>A notice that is not applied yet.</summary>
/// <param name="ReceivedAt">UTC.</param>
/// <param name="Tries">How often it was tried in vain.</param>
/// <param name="ExceptionId">Opened because it waits for so long.</param>
internal sealed record WaitingNotice(Notice Notice, DateTimeOffset ReceivedAt, int Tries, Id? ExceptionId);

internal enum NoticeEnd
{
    /// <summary>It is in the books; also when it was before.</summary>
    Applied,

    /// <summary>What it tells of isn't known here yet: it is tried again.</summary>
    Waits,

    /// <summary>It can't be read, or contradicts what is known: a matter for people.</summary>
    Refused,
}

/// <summary>What became of a notice.</summary>
/// <param name="Reason">Why it was not applied.</param>
internal sealed record NoticeOutcome(NoticeEnd End, string? Reason = null)
{
    public static NoticeOutcome Applied { get; } = new(NoticeEnd.Applied);

    public static NoticeOutcome Waits(string reason) => new(NoticeEnd.Waits, reason);

    public static NoticeOutcome Refused(string reason) => new(NoticeEnd.Refused, reason);
}
