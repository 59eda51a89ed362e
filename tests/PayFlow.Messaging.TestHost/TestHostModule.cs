using PayFlow.Storage;

namespace PayFlow.Messaging.TestHost;

public static class TestHostModule
{
    public const string Database = "test";

    public static WebApplication BuildTestHost(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection("Test").Get<TestOptions>() ?? new TestOptions();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<TestSwitches>();
        builder.AddShards(Database, typeof(TestHostModule).Assembly, "payflow_test");
        builder.AddSchema(Database, typeof(Outbox).Assembly);
        builder.AddEventProducer();
        if (options.Relays)
            builder.AddOutboxRelay(Database);
        else
            builder.Services.AddSingleton<OutboxSignal>();
        if (options.Consumer.Length > 0)
            builder.AddEventConsumer<TestConsumer>(options.Consumer, Database, [options.Topic]);
        if (options.IngestTopic.Length > 0)
            builder.AddIngestConsumer<TestIngestConsumer>($"{options.Consumer}-ingest", options.IngestTopic);
        if (options.Aggregates > 0)
            builder.Services.AddHostedService<TestWriter>();

        var app = builder.Build();
        app.MapMessagingEndpoints();
        app.MapPost("/heal", (TestSwitches switches) => switches.IsHealed = true);
        app.MapGet("/health", () => TypedResults.Ok());
        return app;
    }
}
