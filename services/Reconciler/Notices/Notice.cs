using System.Text.Json;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Reconciler.Notices;

/// <summary>What an acquirer tells of its own accord.</summary>
/// <param name="Sequence">Its place in the acquirer's feed, from 1 without gaps.</param>
/// <param name="Type">What happened, as the acquirers spell it.</param>
/// <param name="OccurredAt">UTC.</param>
/// <param name="DataJson">What the acquirer says of it.</param>
internal sealed record Notice(string Acquirer, long Sequence, string Type, DateTimeOffset OccurredAt, string DataJson)
{
    public override string ToString() => $"notice {Sequence} of {Acquirer} ({Type})";

    /// <summary>Reads what the acquirer says of it, and goes on with that; refused when it can't be read.</summary>
    public async Task<NoticeOutcome> ReadAsync<T>(Func<T, Task<NoticeOutcome>> apply) where T : class
    {
        T? told;
        try
        {
            told = JsonSerializer.Deserialize<T>(DataJson, ApiJson.Options);
        }
        catch (JsonException malformed)
        {
            return NoticeOutcome.Refused($"It can't be read: {malformed.Message}");
        }

        return told is null ? NoticeOutcome.Refused("It says nothing.") : await apply(told);
    }
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

    /// <summary>It is of a capture that was not submitted, as far as is known.</summary>
    public static NoticeOutcome UnknownCapture(string captureId) => Waits($"The capture '{captureId}' is not known here.");

    public static NoticeOutcome Refused(string reason) => new(NoticeEnd.Refused, reason);
}
