using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;

namespace PayFlow.Auth.Payments;

// Disputes as the Reconciler tells of them. They are never refused for what the payment is; only what contradicts itself is a dead letter.
public sealed partial class SettlementConsumer
{
    private sealed record Disputed(ReceivedEvent Event, Id PaymentId, Id CaptureId, Dispute Dispute) : Fact(Event, PaymentId, CaptureId)
    {
        public static Disputed Read(ReceivedEvent received, DisputeOpened opened) =>
            Id.TryParse(IdPrefix.Payment, opened.PaymentId, out var payment) && Id.TryParse(IdPrefix.Operation, opened.CaptureOperationId, out var capture)
            && Id.TryParse(IdPrefix.Dispute, opened.DisputeId, out var id) && opened is { Amount: > 0, RespondBy: not null }
                ? new Disputed(received, payment, capture, new Dispute(
                    id, capture, opened.ExternalDisputeId, opened.Amount, opened.Reason, opened.RespondBy.ToDateTimeOffset(), received.OccurredAt))
                : throw new PoisonEventException(received, "It names no payment, no capture, no dispute, no amount or no day.");

        public override PaymentChange? Decide(Payment payment, Operation capture, DateTimeOffset now) =>
            payment.Disputes.Any(known => known.Id == Dispute.Id) ? null : PaymentChange.Of(payment, now, Event.TraceParent).Disputed(Dispute);
    }

    private sealed record DisputeDecided(ReceivedEvent Event, Id PaymentId, Id CaptureId, Id DisputeId, long Amount, bool IsWon, long Fee) : Fact(Event, PaymentId, CaptureId)
    {
        public static DisputeDecided Read(ReceivedEvent received, DisputeClosed closed) =>
            Id.TryParse(IdPrefix.Payment, closed.PaymentId, out var payment) && Id.TryParse(IdPrefix.Operation, closed.CaptureOperationId, out var capture)
            && Id.TryParse(IdPrefix.Dispute, closed.DisputeId, out var id) && closed.Outcome is DisputeOutcome.Won or DisputeOutcome.Lost
                ? new DisputeDecided(received, payment, capture, id, closed.Amount, closed.Outcome == DisputeOutcome.Won, closed.Fee)
                : throw new PoisonEventException(received, "It names no payment, no capture, no dispute or no outcome.");

        public override PaymentChange? Decide(Payment payment, Operation capture, DateTimeOffset now) => payment.Disputes.FirstOrDefault(known => known.Id == DisputeId) switch
        {
            { State: DisputeState.Open } known when known.Amount == Amount =>
                PaymentChange.Of(payment, now, Event.TraceParent).DisputeDecided(known, IsWon, Fee, Event.OccurredAt),
            { State: not DisputeState.Open } known when (known.State == DisputeState.Won) == IsWon => null,
            { } known => throw new PoisonEventException(Event, $"{DisputeId} is {Names.Of(known.State)} here, with {known.Amount}: that contradicts it."),
            null => throw new PoisonEventException(Event, $"{PaymentId} has no dispute {DisputeId}."),
        };
    }
}
