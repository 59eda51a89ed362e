using Microsoft.Extensions.Logging;
using PayFlow.Storage;

namespace PayFlow.Messaging.Inbox;

/// <summary>
/// Applies events once and in order: the inbox and the effect commit together. Events that can't be applied are found by halving, given up and kept, and
/// only their aggregate stands still.
/// </summary>
internal sealed partial class EventInbox(string name, IEventConsumer consumer, MessagingOptions options, TimeProvider time, ILogger logger)
{
    private readonly KeyValuePair<string, object?> _tag = new("consumer", name);

    public string Name => name;

    /// <summary>
    /// True for failures that say nothing about the events: the same again, later, is right. False for what the consumer itself throws about an event.
    /// </summary>
    public static bool IsTransient(Exception failure) =>
        failure is StaleSlotException or MessagingUnavailableException || InboxSql.IsRace(failure) || DatabaseFailure.IsInfrastructure(failure);

    /// <summary>Applies what can be applied, keeps what must wait, gives up what never can.</summary>
    /// <exception cref="Exception">A failure that <see cref="IsTransient"/>; what was applied before it stays and is skipped next time.</exception>
    public async Task ApplyAsync(Shard shard, IReadOnlyList<ReceivedEvent> events, CancellationToken ct)
    {
        var attempt = await TryAsync(shard, events, drain: true, ct);
        if (attempt.Refusal is not null)
            await DivideAsync(shard, [.. attempt.Plan.Apply, .. attempt.Plan.Wait], attempt.Refusal, ct);
    }

    /// <summary>Applies a dead letter after all, and then what waited for it.</summary>
    /// <returns>Why it can't be applied now either; null when it was.</returns>
    public async Task<string?> ReplayAsync(Shard shard, DeadLetter letter, CancellationToken ct)
    {
        var attempt = await TryAsync(shard, [letter.Event], drain: false, ct, letter);
        if (attempt.Refusal is not null)
        {
            await DeadLetterSql.BlameAsync(shard, letter.Number, attempt.Refusal.Message, ct);
            return attempt.Refusal.Message;
        }

        await ApplyReadyAsync(shard, ct);
        return null;
    }

    /// <summary>Applies events whose turn came when nobody looked: after a replay, or after a crash between two steps.</summary>
    public async Task ApplyReadyAsync(Shard shard, CancellationToken ct)
    {
        while (await InboxSql.ReadyAsync(shard, name, options.ConsumeBatch, ct) is { Count: > 0 } ready)
            await ApplyAsync(shard, ready, ct);
    }

    /// <summary>One transaction: lock how far we are, decide, let the consumer write, write down how far we got, commit.</summary>
    /// <param name="shard">Where the events belong.</param>
    /// <param name="events">The events.</param>
    /// <param name="drain">Also apply what waited for them.</param>
    /// <param name="ct">Gives up; nothing was written then.</param>
    /// <param name="revived">The dead letter that the event is applied after all for.</param>
    private async Task<Attempt> TryAsync(Shard shard, IReadOnlyList<ReceivedEvent> events, bool drain, CancellationToken ct, DeadLetter? revived = null)
    {
        await using var transaction = await shard.BeginAsync(ct, events.Select(received => received.Slot));
        if (revived is not null && !await DeadLetterSql.ReviveAsync(transaction, revived.Number, ct))
            return new Attempt(InboxPlan.Nothing, new InvalidOperationException("It was replayed already."));
        var keys = events.Select(OrderKey.Of).Distinct().ToList();
        var (states, waiting) = await InboxSql.LockAsync(transaction, name, keys, ct);
        var plan = InboxPlan.Make(events, states, drain ? waiting : []);

        using var trace = new EventTrace(name, plan.Apply);
        try
        {
            if (plan.Apply.Count > 0)
                await consumer.ApplyAsync(plan.Apply, transaction, ct);
        }
        catch (Exception refusal) when (!IsTransient(refusal))
        {
            trace.Fail(refusal);
            return new Attempt(plan, refusal);
        }

        await InboxSql.SaveAsync(transaction, name, plan, ct);
        CrashPoint.Hit("inbox.consumer.applied");
        await transaction.CommitAsync(ct);
        CrashPoint.Hit("inbox.consumer.committed");
        MessagingTelemetry.Applied.Add(plan.Apply.Count, _tag);
        MessagingTelemetry.Skipped.Add(plan.Skipped, _tag);
        return new Attempt(plan, null);
    }

    /// <summary>Some of these events were refused: finds which, applies the others. An aggregate's events stay in order.</summary>
    private async Task DivideAsync(Shard shard, IReadOnlyList<ReceivedEvent> events, Exception refusal, CancellationToken ct)
    {
        if (refusal is PoisonEventException { Event: var poison } && events.Contains(poison))
        {
            // The consumer knows which. What comes before it in its aggregate must be applied before it is given up.
            var behind = events.Where(later => OrderKey.Of(later) == OrderKey.Of(poison) && later.Sequence > poison.Sequence).ToList();
            await ApplyOrDivideAsync(shard, [.. events.Where(other => other != poison && !behind.Contains(other))], ct);
            await GiveUpAsync(shard, poison, refusal, tries: 1, ct);
            await ApplyOrDivideAsync(shard, behind, ct);
        }
        else if (events.Count > 1)
        {
            var half = events.Count / 2;
            await ApplyOrDivideAsync(shard, [.. events.Take(half)], ct);
            await ApplyOrDivideAsync(shard, [.. events.Skip(half)], ct);
        }
        else
        {
            await InsistAsync(shard, events[0], refusal, ct);
        }
    }

    private async Task ApplyOrDivideAsync(Shard shard, IReadOnlyList<ReceivedEvent> events, CancellationToken ct)
    {
        if (events.Count > 0 && (await TryAsync(shard, events, drain: false, ct)).Refusal is { } refusal)
            await DivideAsync(shard, events, refusal, ct);
    }

    /// <summary>Tries one event some more times before it is given up.</summary>
    private async Task InsistAsync(Shard shard, ReceivedEvent received, Exception refusal, CancellationToken ct)
    {
        var pause = new RetryPause(options, time);
        for (var tries = 1; tries < options.PoisonTries; tries++)
        {
            await pause.WaitAsync(ct);
            if ((await TryAsync(shard, [received], drain: false, ct)).Refusal is not { } again)
                return;
            refusal = again;
        }

        await GiveUpAsync(shard, received, refusal, options.PoisonTries, ct);
    }

    private async Task GiveUpAsync(Shard shard, ReceivedEvent dead, Exception refusal, int tries, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct, dead.Slot);
        var (states, _) = await InboxSql.LockAsync(transaction, name, [OrderKey.Of(dead)], ct);
        var plan = InboxPlan.Make([dead], states, []);
        if (plan.Apply.Count == 1)
            await DeadLetterSql.BuryAsync(transaction, name, dead, refusal.Message, tries, ct);
        else
            await InboxSql.SaveAsync(transaction, name, plan, ct);   // an earlier event of the aggregate was given up: this one waits for it
        await transaction.CommitAsync(ct);
        CrashPoint.Hit("inbox.deadletter.stored");
        if (plan.Apply.Count == 0)
            return;
        MessagingTelemetry.DeadLettered.Add(1, _tag);
        LogDead(refusal, name, dead.Topic, dead.Aggregate.ToString(), dead.Sequence, dead.Type, tries);
    }

    private sealed record Attempt(InboxPlan Plan, Exception? Refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Consumer} can't apply {Topic}: event {Sequence} ({Type}) of {Aggregate}, tried {Tries} times. Its later events wait until it is replayed")]
    private partial void LogDead(Exception refusal, string consumer, string topic, string aggregate, long sequence, string type, int tries);
}
