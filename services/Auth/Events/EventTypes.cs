using System.Collections.Frozen;
using PayFlow.Auth.Payments;
using PayFlow.Messaging.Feeds;

namespace PayFlow.Auth.Events;

/// <summary>The types of events that a merchant sees.</summary>
public static class EventTypes
{
    public const string EndpointDisabled = "webhook_endpoint.disabled";

    /// <summary>Sent to an endpoint by <c>POST …/test</c> only; in no feed.</summary>
    public const string EndpointTest = "webhook_endpoint.test";

    /// <summary>Published and told to nobody outside: they say that something is on its way, and the event that ends it says the same better.</summary>
    public static IReadOnlyList<string> Internal { get; } = ["payment.submitted", "payment.refund_requested"];

    /// <summary>What a feed may tell, in the order of a payment's life.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "payment.requires_action", "payment.authorized", "payment.declined", "payment.failed", "payment.captured", "payment.voided", "payment.expired", "payment.settled",
        "payment.refunded", "payment.refund_failed", "payment.returned", "chargeback.created", "chargeback.closed", EndpointDisabled,
    ];

    private static readonly FrozenSet<string> Told = All.ToFrozenSet();

    /// <summary>The feed that tells an event of a payment; null when it is internal.</summary>
    public static Feed? FeedOf(Payment payment, string type) => Told.Contains(type) ? new Feed(payment.MerchantId, payment.Mode) : null;
}
