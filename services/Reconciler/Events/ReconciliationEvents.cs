using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Matching;

namespace PayFlow.Reconciler.Events;

/// <summary>What is told on <c>reconciliation.events</c>.</summary>
internal static class ReconciliationEvents
{
    /// <summary>An event about a batch or what belongs to one.</summary>
    /// <param name="facts">Of the batch.</param>
    /// <param name="aggregate">The item, the batch or the exception that it is about.</param>
    /// <param name="at">When it happened, UTC.</param>
    /// <param name="detail">Fills in what happened.</param>
    public static OutboxEvent Of(BatchFacts facts, Id aggregate, long sequence, string type, DateTimeOffset at, Action<ReconciliationEvent> detail)
    {
        var told = new ReconciliationEvent
        {
            BatchId = facts.BatchId.ToString(),
            MerchantId = facts.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)facts.Mode,
            Acquirer = facts.Acquirer,
            Currency = facts.Currency.Code,
            OccurredAt = Timestamp.FromDateTimeOffset(at),
        };
        detail(told);
        return new OutboxEvent(Topics.ReconciliationEvents, type, aggregate, sequence, told, at);
    }
}
