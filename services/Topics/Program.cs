using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PayFlow.Topics;

// A job of the AppHost: the services start when it has ended with exit code 0.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddOptions<TopicsOptions>().BindConfiguration("Topics").ValidateDataAnnotations();
using var host = builder.Build();
var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("PayFlow.Topics");
try
{
    var options = host.Services.GetRequiredService<IOptions<TopicsOptions>>().Value;
    var broker = builder.Configuration.GetConnectionString("kafka")
        ?? throw new TopicsRefusedException("ConnectionStrings:kafka is not set.");
    using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker })
        .SetLogHandler((_, message) => Log.Client(logger, message.Message))
        .Build();
    await new EnsureTopics(admin, options, TimeProvider.System, logger).RunAsync();
    return 0;
}
catch (Exception refusal) when (refusal is TopicsRefusedException or OptionsValidationException)
{
    Log.Refused(logger, refusal.Message);
    return 1;
}
