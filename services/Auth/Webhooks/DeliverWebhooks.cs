using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary>
/// Delivers what is due: takes deliveries under a lease, sends each, notes what came of it. Killed after sending and before noting, it (or another) sends the same again
/// under the same <c>webhook-id</c>.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "The container makes it.")]
internal sealed partial class DeliverWebhooks(
    Shards shards, WebhookSender sender, NoteAttempt note, DeliverySignal signal, IOptions<WebhookOptions> options, TimeProvider time, ILogger<DeliverWebhooks> logger)
    : BackgroundService
{
    private const int ForgetAtOnce = 1_000;

    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LastAnswers = TimeSpan.FromSeconds(4);

    private readonly ConcurrentDictionary<Id, int> running = new();
    private readonly ConcurrentDictionary<Task, byte> tasks = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Told to stop, what was sent gets a moment for its answer: what is noted is not sent twice.
        using var hurry = new CancellationTokenSource();
        await using var _ = stoppingToken.UnsafeRegister(static hurry => ((CancellationTokenSource)hurry!).CancelAfter(LastAnswers), hurry);
        var forgetAt = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            var wake = signal.Next;   // before looking: what is queued from now on is not slept over
            var taken = 0;
            foreach (var shard in shards.All)
            {
                taken += await TakeAsync(shard, forgetAt <= time.GetUtcNow(), stoppingToken, hurry.Token);
            }

            forgetAt = forgetAt <= time.GetUtcNow() ? time.GetUtcNow() + ForgetEvery : forgetAt;
            if (taken == 0)
            {
                await Task.WhenAny(wake, Task.Delay(options.Value.Poll, time, stoppingToken));
            }
        }

        await Task.WhenAll(tasks.Keys);   // each ends by itself when the service stops
    }

    private async Task<int> TakeAsync(Shard shard, bool forget, CancellationToken ct, CancellationToken hurry)
    {
        try
        {
            var free = options.Value.MaxRunning - tasks.Count;
            if (free <= 0)
            {
                return 0;
            }

            var now = time.GetUtcNow();
            var claimed = await DeliverySql.ClaimAsync(shard, running.ToDictionary(), options.Value.PerEndpoint, free, now, options.Value.Lease, ct);
            if (claimed.Count > 0)
            {
                CrashPoint.Hit("auth.webhook.claimed");
            }

            foreach (var delivery in claimed)
            {
                Start(shard, delivery, hurry);
            }

            if (forget)
            {
                await DeliverySql.ForgetAsync(shard, now - options.Value.LogKept, ForgetAtOnce, ct);
            }

            return claimed.Count;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            LogNotTaken(failure, shard.Number);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return 0;   // the service stops
        }
    }

    private void Start(Shard shard, ClaimedDelivery delivery, CancellationToken hurry)
    {
        running.AddOrUpdate(delivery.EndpointId, 1, (_, count) => count + 1);
        var task = DeliverAsync(shard, delivery, hurry);
        tasks.TryAdd(task, 0);
        _ = task.ContinueWith(
            ended =>
            {
                tasks.TryRemove(ended, out _);
                Ended(delivery.EndpointId);
                signal.Wake();   // there is room again
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private void Ended(Id endpoint)
    {
        while (running.TryGetValue(endpoint, out var count))
        {
            if (count > 1 ? running.TryUpdate(endpoint, count - 1, count) : ((ICollection<KeyValuePair<Id, int>>)running).Remove(new(endpoint, count)))
            {
                return;
            }
        }
    }

    private async Task DeliverAsync(Shard shard, ClaimedDelivery delivery, CancellationToken hurry)
    {
        await Task.Yield();
        try
        {
            var attempt = await sender.SendAsync(delivery, hurry);
            CrashPoint.Hit("auth.webhook.sent");
            await note.HandleAsync(shard, delivery, attempt, CancellationToken.None);   // it was sent: that is noted even when the service stops just now
            CrashPoint.Hit("auth.webhook.noted");
        }
        catch (OperationCanceledException) when (hurry.IsCancellationRequested)
        {
            return;   // the lease runs out, and somebody sends it again
        }
        catch (Exception failure)
        {
            LogNotNoted(failure, delivery.Id.ToString(), delivery.EndpointId.ToString());
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deliveries of shard {Shard} could not be taken; the next try comes soon")]
    private partial void LogNotTaken(Exception failure, int shard);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Delivery} to {Endpoint} could not be sent or noted; it is sent again when its lease has run out")]
    private partial void LogNotNoted(Exception failure, string delivery, string endpoint);
}
