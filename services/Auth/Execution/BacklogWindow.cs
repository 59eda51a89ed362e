using System.Collections.Immutable;

namespace PayFlow.Auth.Execution;

/// <summary>A look at a backlog.</summary>
/// <param name="At">UTC.</param>
/// <param name="Length">Requests that are accepted and not finished, those that are being carried out among them.</param>
/// <param name="OldestAge">How long the oldest of them that nobody has begun waits; zero when there is none. One that waits for its acquirer is begun, and says nothing about us.</param>
public sealed record BacklogSample(DateTimeOffset At, long Length, TimeSpan OldestAge);

/// <summary>What was seen of a backlog lately, and what follows from it. Pure.</summary>
/// <param name="IsTooMuch">Whether no more is accepted for later.</param>
/// <param name="Samples">Since that began or ended, of the last <see cref="Kept"/>; oldest first.</param>
public sealed record BacklogWindow(bool IsTooMuch, ImmutableArray<BacklogSample> Samples)
{
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(15);

    /// <summary>What is said while there is no rate yet.</summary>
    private static readonly TimeSpan NotKnownYet = TimeSpan.FromSeconds(5);

    public static BacklogWindow Empty { get; } = new(false, []);

    /// <summary>
    /// Begins above a limit and ends when both measures are well below theirs, so that it doesn't flap. The rate is counted from there on: what came in before says nothing about
    /// what goes out now.
    /// </summary>
    public BacklogWindow After(BacklogSample sample, BacklogOptions options)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(options);
        var (length, age) = IsTooMuch ? (options.ResumeLength, options.ResumeAge) : (options.MaxLength, options.MaxAge);
        var isTooMuch = sample.Length > length || sample.OldestAge > age;
        var lately = isTooMuch == IsTooMuch ? Samples.Where(earlier => sample.At - earlier.At <= Kept) : [];
        return new BacklogWindow(isTooMuch, [.. lately, sample]);
    }

    /// <summary>An estimate of when more is accepted again: when both measures are down, if they go on falling as they did. Whole seconds.</summary>
    public TimeSpan RetryAfter(BacklogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (first, last) = (Samples[0], Samples[^1]);
        var passed = (last.At - first.At).TotalSeconds;
        var seconds = passed <= 0
            ? NotKnownYet.TotalSeconds
            : Math.Max(
                Until(first.Length, last.Length, options.ResumeLength, passed),
                Until(first.OldestAge.TotalSeconds, last.OldestAge.TotalSeconds, options.ResumeAge.TotalSeconds, passed));
        return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(seconds), 1, Math.Floor(options.LongestRetryAfter.TotalSeconds)));
    }

    private static double Until(double before, double now, double mark, double passed) =>
        now <= mark ? 0 : before <= now ? double.PositiveInfinity : (now - mark) * passed / (before - now);
}
