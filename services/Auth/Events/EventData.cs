using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Events;

/// <summary>What an event tells, from the message that the topic carries to the API's JSON.</summary>
internal static class EventData
{
    public static JsonObject Of(FeedEvent @event) => @event.Topic switch
    {
        Topics.PaymentsEvents => OfPayment(PaymentEvent.Parser.ParseFrom(@event.Payload.Span)),
        Topics.MerchantEvents => OfMerchant(MerchantEvent.Parser.ParseFrom(@event.Payload.Span)),
        _ => throw new InvalidOperationException($"No feed tells events of {@event.Topic}."),
    };

    /// <summary>The payment as it was then; beside it, under a name of its own, what happened to it.</summary>
    public static JsonObject OfPayment(PaymentEvent @event)
    {
        var data = new JsonObject
        {
            ["payment"] = new JsonObject
            {
                ["id"] = @event.PaymentId,
                ["status"] = @event.Status,
                ["amount"] = Money(@event.Amount, @event.Currency),
                ["payment_method"] = new JsonObject { ["type"] = @event.PaymentMethod is { Length: > 0 } method ? method : Names.Of(PaymentMethodType.Card) },
                ["reference"] = Text(@event.Reference),
            },
        };
        if (Detail(@event, @event.Currency) is var (name, detail))
        {
            data[name] = detail;
        }

        return data;
    }

    private static (string Name, JsonObject Detail)? Detail(PaymentEvent @event, string currency) => @event.DetailCase switch
    {
        PaymentEvent.DetailOneofCase.Authorized => ("authorization", new JsonObject
        {
            ["operation_id"] = @event.Authorized.OperationId,
            ["amount"] = Money(@event.Authorized.Amount, currency),
            ["acquirer"] = @event.Authorized.Acquirer,
            ["external_id"] = @event.Authorized.ExternalId,
            ["expires_at"] = Time(@event.Authorized.ExpiresAt),
        }),
        PaymentEvent.DetailOneofCase.RequiresAction => ("next_action", new JsonObject
        {
            ["type"] = @event.RequiresAction.Type,
            ["url"] = @event.RequiresAction.Url,
            ["expires_at"] = Time(@event.RequiresAction.ExpiresAt),
        }),
        PaymentEvent.DetailOneofCase.Declined => ("decline", new JsonObject
        {
            ["operation_id"] = @event.Declined.OperationId,
            ["decline_code"] = @event.Declined.DeclineCode,
            ["decline_kind"] = Text(@event.Declined.DeclineKind),
            ["acquirer"] = Text(@event.Declined.Acquirer),
        }),
        PaymentEvent.DetailOneofCase.Failed => ("failure", new JsonObject
        {
            ["operation_id"] = @event.Failed.OperationId,
            ["reason"] = @event.Failed.Reason,
        }),
        PaymentEvent.DetailOneofCase.Captured => ("capture", new JsonObject
        {
            ["operation_id"] = @event.Captured.OperationId,
            ["amount"] = Money(@event.Captured.Amount, currency),
            ["remaining"] = Money(@event.Captured.Remaining, currency),
            ["final"] = @event.Captured.IsFinal,
            ["fee"] = Money(@event.Captured.Fee, currency),
            ["acquirer"] = @event.Captured.Acquirer,
            ["external_id"] = @event.Captured.ExternalCaptureId,
        }),
        PaymentEvent.DetailOneofCase.Voided => ("void", Release(@event.Voided.OperationId, @event.Voided.Amount, currency)),
        PaymentEvent.DetailOneofCase.Expired => ("expiry", Release(@event.Expired.OperationId, @event.Expired.Amount, currency)),
        PaymentEvent.DetailOneofCase.Settled => ("settlement", new JsonObject
        {
            ["capture_operation_id"] = @event.Settled.CaptureOperationId,
            ["amount"] = Money(@event.Settled.Amount, currency),
        }),
        PaymentEvent.DetailOneofCase.Refunded => ("refund", new JsonObject
        {
            ["operation_id"] = @event.Refunded.OperationId,
            ["amount"] = Money(@event.Refunded.Amount, currency),
            ["acquirer"] = @event.Refunded.Acquirer,
            ["external_id"] = @event.Refunded.ExternalRefundId,
            ["voided_capture_operation_id"] = Text(@event.Refunded.VoidedCaptureOperationId),
        }),
        PaymentEvent.DetailOneofCase.RefundFailed => ("refund", new JsonObject
        {
            ["operation_id"] = @event.RefundFailed.OperationId,
            ["amount"] = Money(@event.RefundFailed.Amount, currency),
            ["reason"] = @event.RefundFailed.Reason,
        }),
        PaymentEvent.DetailOneofCase.Returned => ("return", new JsonObject
        {
            ["operation_id"] = @event.Returned.OperationId,
            ["capture_operation_id"] = @event.Returned.CaptureOperationId,
            ["amount"] = Money(@event.Returned.Amount, currency),
            ["reason"] = @event.Returned.Reason,
            ["acquirer"] = @event.Returned.Acquirer,
            ["external_id"] = @event.Returned.ExternalId,
        }),
        PaymentEvent.DetailOneofCase.Disputed => ("dispute", new JsonObject
        {
            ["id"] = @event.Disputed.DisputeId,
            ["status"] = "open",
            ["capture_operation_id"] = @event.Disputed.CaptureOperationId,
            ["amount"] = Money(@event.Disputed.Amount, currency),
            ["reason"] = @event.Disputed.Reason,
            ["respond_by"] = Time(@event.Disputed.RespondBy),
            ["acquirer"] = @event.Disputed.Acquirer,
            ["external_id"] = @event.Disputed.ExternalId,
        }),
        PaymentEvent.DetailOneofCase.DisputeDecided => ("dispute", new JsonObject
        {
            ["id"] = @event.DisputeDecided.DisputeId,
            ["status"] = @event.DisputeDecided.Outcome == DisputeOutcome.Won ? "won" : "lost",
            ["capture_operation_id"] = @event.DisputeDecided.CaptureOperationId,
            ["amount"] = Money(@event.DisputeDecided.Amount, currency),
            ["fee"] = Money(@event.DisputeDecided.Fee, currency),
        }),
        _ => null,
    };

    private static JsonObject OfMerchant(MerchantEvent @event) => @event.DetailCase switch
    {
        MerchantEvent.DetailOneofCase.WebhookEndpointDisabled => new JsonObject
        {
            ["webhook_endpoint"] = new JsonObject { ["id"] = @event.WebhookEndpointDisabled.EndpointId, ["url"] = @event.WebhookEndpointDisabled.Url, ["enabled"] = false },
            ["disabling"] = new JsonObject { ["reason"] = @event.WebhookEndpointDisabled.Reason, ["failing_since"] = Time(@event.WebhookEndpointDisabled.FailingSince) },
        },
        _ => [],
    };

    private static JsonObject Release(string operation, long amount, string currency) => new() { ["operation_id"] = operation, ["amount"] = Money(amount, currency) };

    private static JsonObject Money(long amount, string currency) => new() { ["amount"] = amount, ["currency"] = currency };

    private static JsonNode? Text(string text) => text.Length == 0 ? null : JsonValue.Create(text);

    private static JsonNode? Time(Timestamp? time) => time is null ? null : JsonSerializer.SerializeToNode(time.ToDateTimeOffset(), ApiJson.Options);
}
