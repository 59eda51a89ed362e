using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PayFlow.Messaging.Feeds;
using PayFlow.Messaging.Inbox;
using PayFlow.Messaging.Kafka;
using PayFlow.Messaging.Relay;
using PayFlow.Storage;

namespace PayFlow.Messaging;

/// <summary>Registers what a service publishes and consumes. The broker is <c>ConnectionStrings:kafka</c>.</summary>
public static class MessagingModule
{
    /// <summary>Publishes the outbox of a database that <c>AddShards</c> registered, on every shard. Also registers <see cref="OutboxSignal"/> and <see cref="FeedSignal"/>.</summary>
    public static void AddOutboxRelay(this IHostApplicationBuilder builder, string database)
    {
        AddMessaging(builder);
        builder.AddSchema(database, typeof(MessagingModule).Assembly);
        builder.Services.TryAddSingleton<OutboxSignal>();
        builder.Services.TryAddSingleton<FeedSignal>();
        builder.Services.AddSingleton(services => new PublishedOutbox(services.GetRequiredKeyedService<Shards>(database)));
        builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<OutboxRelay>(services, services.GetRequiredKeyedService<Shards>(database)));
    }

    /// <summary>Registers <see cref="EventProducer"/>.</summary>
    public static void AddEventProducer(this IHostApplicationBuilder builder) => AddMessaging(builder);

    /// <summary>Consumes topics in the consumer group <c>payflow.{name}</c>, with the inbox in the database of the effects.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="name">Names the group and the inbox; unique in the whole system and never changed.</param>
    /// <param name="database">A database that <c>AddShards</c> registered.</param>
    /// <param name="topics">What to consume.</param>
    public static void AddEventConsumer<TConsumer>(this IHostApplicationBuilder builder, string name, string database, IReadOnlyList<string> topics)
        where TConsumer : class, IEventConsumer
    {
        AddMessaging(builder);
        builder.AddSchema(database, typeof(MessagingModule).Assembly);
        builder.Services.TryAddSingleton<TConsumer>();
        builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<EventConsumerService>(
            services, services.GetRequiredKeyedService<Shards>(database), topics,
            new EventInbox(name, services.GetRequiredService<TConsumer>(), services.GetRequiredService<MessagingOptions>(), services.GetRequiredService<TimeProvider>(),
                services.GetRequiredService<ILogger<EventInbox>>())));
        builder.Services.AddSingleton<IHostedService>(services => services.GetServices<EventConsumerService>().Single(service => service.Inbox.Name == name));
    }

    /// <summary>Consumes a topic in the group <c>payflow.{name}</c> without an inbox: messages are handed over, their offsets committed after that.</summary>
    public static void AddIngestConsumer<TConsumer>(this IHostApplicationBuilder builder, string name, string topic) where TConsumer : class, IIngestConsumer
    {
        AddMessaging(builder);
        builder.Services.TryAddSingleton<TConsumer>();
        builder.Services.AddSingleton<IHostedService>(services =>
            ActivatorUtilities.CreateInstance<IngestConsumerService>(services, name, topic, services.GetRequiredService<TConsumer>()));
    }

    /// <summary>Arms the crash points that configuration <c>PayFlow:CrashPoints</c> names. Any value turns them on, also <c>on</c> alone.</summary>
    public static void AddCrashPoints(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration["PayFlow:CrashPoints"] is { Length: > 0 } points)
            CrashPoint.Arm(points);
    }

    private static void AddMessaging(IHostApplicationBuilder builder)
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(KafkaProducer)))
            return;

        builder.AddCrashPoints();
        builder.Services.AddOptions<MessagingOptions>().Bind(builder.Configuration.GetSection("Messaging")).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.TryAddSingleton(services => services.GetRequiredService<IOptions<MessagingOptions>>().Value);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<KafkaProducer>();
        builder.Services.AddSingleton<InstanceName>();
        builder.Services.AddSingleton(services => new EventProducer(
            services.GetRequiredService<KafkaProducer>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IHostEnvironment>()));
    }
}

/// <summary>A database whose outbox this process publishes.</summary>
internal sealed record PublishedOutbox(Shards Shards);
