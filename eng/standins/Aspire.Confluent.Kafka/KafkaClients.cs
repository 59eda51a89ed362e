using global::Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Confluent.Kafka;

/// <summary>What producers and consumers have in common.</summary>
internal static class KafkaClients
{
    private const string LogCategory = "Aspire.Confluent.Kafka";

    /// <summary>Fills the settings from the section, then the named section, then the connection string: what speaks last counts.</summary>
    public static void Read(IHostApplicationBuilder builder, string sectionName, string name, object settings, ClientConfig config, Action<string> setConnectionString)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        var section = builder.Configuration.GetSection(sectionName);
        foreach (var source in (IConfigurationSection[])[section, section.GetSection(name)])
        {
            source.Bind(settings);
            source.GetSection("Config").Bind(config);   // a property without a setter is not bound with the rest
        }
        if (builder.Configuration.GetConnectionString(name) is { } connectionString)
            setConnectionString(connectionString);
    }

    public static void RequireBootstrapServers(ClientConfig config)
    {
        if (config.BootstrapServers is null)
            throw new InvalidOperationException("No bootstrap servers configured.");
    }

    /// <summary>Hands librdkafka's log lines to the host's log, unless the builder already has a handler of its own.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="setHandler">Sets the handler; throws <see cref="InvalidOperationException"/> when there is one.</param>
    public static void Log(IServiceProvider services, Action<Action<LogMessage>> setHandler)
    {
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(LogCategory);
        try
        {
            setHandler(line => logger.Log((LogLevel)line.LevelAs(LogLevelType.MicrosoftExtensionsLogging), default, line.Message, null, static (message, _) => message));
        }
        catch (InvalidOperationException)
        {
            logger.LogDebug("The Kafka client has a log handler of its own; its lines don't come here.");
        }
    }

    public static void AddHealthCheck(IHostApplicationBuilder builder, string kind, string? serviceKey, ClientConfig config) =>
        builder.TryAddHealthCheck(
            serviceKey is null ? $"Aspire.Confluent.Kafka.{kind}" : $"Aspire.Confluent.Kafka.{kind}_{serviceKey}",
            _ => new KafkaHealthCheck(config));
}
