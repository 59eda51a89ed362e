using System.Collections.Frozen;
using System.Diagnostics;

namespace PayFlow.Messaging;

/// <summary>
/// A named place between two steps that could be torn apart. Tests kill a process there and look whether everything is right afterwards. Off unless
/// configuration <c>PayFlow:CrashPoints</c> turns it on, and then costs one read.
/// </summary>
public static class CrashPoint
{
    private static volatile FrozenDictionary<string, Countdown>? armed;

    /// <summary>Kills this process with SIGKILL when the point is armed; otherwise does nothing.</summary>
    /// <param name="name"><c>service.noun.moment</c>, always a literal: tests find all points by reading the sources.</param>
    public static void Hit(string name)
    {
        if (armed is { } points && points.TryGetValue(name, out var countdown) && countdown.IsOver())
            Die();
    }

    /// <summary>Arms points, besides those that are armed: <c>name</c> kills at the first hit, <c>name@3</c> at the third; several are separated by commas.</summary>
    /// <exception cref="FormatException">Not of this form.</exception>
    internal static void Arm(string points)
    {
        var all = armed?.ToDictionary() ?? [];
        foreach (var point in points.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var at = point.IndexOf('@', StringComparison.Ordinal);
            var hits = 1;
            if (at >= 0 && (!int.TryParse(point.AsSpan(at + 1), out hits) || hits < 1))
                throw new FormatException($"'{point}' is no crash point: write name or name@count.");
            all[at < 0 ? point : point[..at]] = new Countdown(hits);
        }

        armed = all.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Disarms every point.</summary>
    internal static void Disarm() => armed = null;

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();   // SIGKILL: no handler runs, nothing is flushed
        using var never = new ManualResetEventSlim();
        never.Wait(CancellationToken.None);   // the signal may take a moment; not one more step is made
    }

    private sealed class Countdown(int hits)
    {
        private int _left = hits;

        public bool IsOver() => Interlocked.Decrement(ref _left) == 0;
    }
}
