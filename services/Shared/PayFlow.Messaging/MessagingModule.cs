using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace PayFlow.Messaging;

/// <summary>Registers what a service publishes and consumes. The broker is <c>ConnectionStrings:kafka</c>.</summary>
public static class MessagingModule
{
    /// <summary>Publishes the outbox of a database that <c>AddShards</c> registered, on every shard. Also registers <see cref="OutboxSignal"/>.</summary>
    public static void AddOutboxRelay(this IHostApplicationBuilder builder, string database) => throw new NotSupportedException();

    /// <summary>Registers <see cref="EventProducer"/>.</summary>
    public static void AddEventProducer(this IHostApplicationBuilder builder) => throw new NotSupportedException();

    /// <summary>Consumes topics in the consumer group <c>payflow.{name}</c>, with the inbox in the database of the effects.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="name">Names the group and the inbox; unique in the whole system and never changed.</param>
    /// <param name="database">A database that <c>AddShards</c> registered.</param>
    /// <param name="topics">What to consume.</param>
    public static void AddEventConsumer<TConsumer>(
        this IHostApplicationBuilder builder, string name, string database, IReadOnlyList<string> topics) where TConsumer : class, IEventConsumer => throw new NotSupportedException();

    /// <summary>Consumes a topic in the group <c>payflow.{name}</c> without an inbox: messages are handed over, their offsets committed after that.</summary>
    public static void AddIngestConsumer<TConsumer>(
        this IHostApplicationBuilder builder, string name, string topic) where TConsumer : class, IIngestConsumer => throw new NotSupportedException();

    /// <summary>
    /// Maps the operator's endpoints, which want the header <c>X-Ops-Key</c> (configuration <c>OpsKey</c>): <c>/internal/outbox</c>,
    /// <c>/internal/dead-letters</c> and, when enabled, <c>/internal/crash-points</c>.
    /// </summary>
    public static void MapMessagingEndpoints(this IEndpointRouteBuilder app) => throw new NotSupportedException();
}
