using Microsoft.Extensions.Options;
using PayFlow.Batch.Batches;
using PayFlow.Batch.Events;
using PayFlow.Batch.Grpc;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Batch;

public static class BatchModule
{
    public static void AddBatch(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("batch");
        builder.AddShards("settlement", typeof(BatchModule).Assembly, role: "payflow_batch");
        builder.AddOutboxRelay("settlement");
        builder.AddEventConsumer<PaymentEventsConsumer>("batch", database: "settlement", topics: [Topics.PaymentsEvents]);

        builder.Services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddGrpc();
        builder.Services.AddHttpClient<AcquirerFiles>(http => http.BaseAddress = new Uri(builder.Configuration.ServiceAddress("sandbox")));
        builder.Services.AddSingleton<SealBatches>().AddSingleton<SettleBatch>().AddSingleton<SettlementSignal>();
        builder.Services.AddHostedService<SettlementWorker>();
    }

    public static void UseBatch(this WebApplication app)
    {
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapMessagingEndpoints();
        app.MapGrpcService<SettlementService>();
        app.MapBatches();
    }
}
