namespace PayFlow.Auth.Webhooks;

/// <summary>What an attempt makes of a delivery.</summary>
internal readonly record struct Verdict(DeliveryState State, int Tries, DateTimeOffset? NextAt);

/// <summary>When a delivery is tried again, and when an endpoint is given up. Pure.</summary>
internal static class DeliveryRules
{
    /// <summary>The schedule of Standard Webhooks: the pause before each try, counted from the end of the one before. A little more than three days in all.</summary>
    public static IReadOnlyList<TimeSpan> Pauses { get; } =
    [
        TimeSpan.Zero, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2),
        TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    public static Verdict Decide(int tries, Attempt attempt, DateTimeOffset now)
    {
        if (attempt.Succeeded)
        {
            return new Verdict(DeliveryState.Succeeded, tries, null);
        }

        tries++;
        return attempt.IsGone || tries >= Pauses.Count
            ? new Verdict(DeliveryState.Failed, tries, null)
            : new Verdict(DeliveryState.Pending, tries, now + Pauses[tries]);
    }

    /// <summary>Why an endpoint is disabled after a failure; null when it isn't.</summary>
    /// <param name="failingSince">When its failures began, this one at the latest.</param>
    public static string? Disable(Attempt attempt, DateTimeOffset failingSince, TimeSpan failingFor, DateTimeOffset now) =>
        attempt.IsGone ? WebhookEndpoint.Gone
        : now - failingSince >= failingFor ? WebhookEndpoint.Failing
        : null;
}
