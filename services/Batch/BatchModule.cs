using PayFlow.Batch.Batches;
using PayFlow.Batch.Events;
using PayFlow.Batch.Grpc;
using PayFlow.Batch.Items;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Http;
using PayFlow.Storage;

namespace PayFlow.Batch;

/// <summary>Settlement: captures and refunds become items, items batches, batches files; reports come back.</summary>
public static class BatchModule
{
    public static void AddBatch(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("batch");
        builder.AddShards("settlement", typeof(BatchModule).Assembly, role: "payflow_batch");
        builder.AddOutboxRelay("settlement");
        builder.AddEventConsumer<PaymentEventsConsumer>("batch", database: "settlement", topics: [Topics.PaymentsEvents]);

        builder.AddValidatedOptions<BatchOptions>(BatchOptions.Section);
        builder.AddServiceHttpClient("sandbox");
        builder.AddAcquirerPipelines();
        builder.Services.AddSingleton<AcquirerFiles>().AddSingleton<SealBatches>().AddSingleton<SubmitBatch>().AddSingleton<ReadReport>().AddSingleton<SettlementSignal>().AddSingleton<WithdrawItem>();
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
