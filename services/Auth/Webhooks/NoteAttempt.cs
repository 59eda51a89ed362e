using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Events;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary>Writes down what came of an attempt: the delivery's next step, its log, and what it means for the endpoint, in one transaction.</summary>
internal sealed partial class NoteAttempt(OutboxSignal signal, IOptions<WebhookOptions> options, TimeProvider time, ILogger<NoteAttempt> logger)
{
    public async Task HandleAsync(Shard shard, ClaimedDelivery delivery, Attempt attempt, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var verdict = DeliveryRules.Decide(delivery.Tries, attempt, now);
        await using var transaction = await shard.BeginAsync(ct, delivery.EndpointId.Slot);

        // The endpoint first, then its delivery: everybody locks them in this order.
        var disabled = false;
        if (attempt.Succeeded)
        {
            await EndpointSql.NoteSuccessAsync(transaction, delivery.EndpointId, ct);
        }
        else
        {
            disabled = await NoteFailureAsync(transaction, delivery.EndpointId, attempt, now, ct);
        }

        if (!await DeliverySql.TryNoteAsync(transaction, delivery, attempt, verdict, now, ct))
        {
            LogOvertaken(delivery.Id.ToString());
            return;   // who took it after us notes it; nothing of ours is written
        }

        await transaction.CommitAsync(ct);
        if (disabled)
        {
            LogDisabled(delivery.EndpointId.ToString(), attempt.Error ?? "");
            signal.Wake();
        }
    }

    private async Task<bool> NoteFailureAsync(ShardTransaction transaction, Id id, Attempt attempt, DateTimeOffset now, CancellationToken ct)
    {
        if (await EndpointSql.NoteFailureAsync(transaction, id, now, ct) is not { Enabled: true } endpoint
            || DeliveryRules.Disable(attempt, endpoint.FailingSince!.Value, options.Value.FailingFor, now) is not { } reason)
        {
            return false;
        }

        var sequence = await EndpointSql.DisableAsync(transaction, id, reason, now, ct);
        var message = new MerchantEvent
        {
            MerchantId = endpoint.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)endpoint.Mode,
            OccurredAt = now.ToTimestamp(),
            WebhookEndpointDisabled = new WebhookEndpointDisabled
            {
                EndpointId = id.ToString(),
                Url = endpoint.Url.AbsoluteUri,
                Reason = reason,
                FailingSince = endpoint.FailingSince.Value.ToTimestamp(),
            },
        };
        await Outbox.AppendAsync(
            transaction,
            [new OutboxEvent(Topics.MerchantEvents, EventTypes.EndpointDisabled, id, sequence, message, now) { Feed = new Feed(endpoint.MerchantId, endpoint.Mode) }],
            ct);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Delivery} was taken by somebody else, or deleted, before its attempt was noted")]
    private partial void LogOvertaken(string delivery);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Endpoint} is disabled: {Reason}")]
    private partial void LogDisabled(string endpoint, string reason);
}
