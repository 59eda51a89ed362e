using PayFlow.Messaging;
using PayFlow.Reconciler.Disputes;
using PayFlow.Reconciler.Events;
using PayFlow.Reconciler.Exceptions;
using PayFlow.Reconciler.Grpc;
using PayFlow.Reconciler.Notices;
using PayFlow.Reconciler.Returns;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Http;
using PayFlow.Storage;

namespace PayFlow.Reconciler;

/// <summary>Reconciliation: what the acquirers report against what was submitted, and what they tell of their own accord.</summary>
public static class ReconcilerModule
{
    public static void AddReconciler(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("reconciler");
        builder.AddShards("reconciliation", typeof(ReconcilerModule).Assembly, role: "payflow_reconciler");
        builder.AddOutboxRelay("reconciliation");
        builder.AddEventConsumer<SettlementEventsConsumer>("reconciler", database: "reconciliation", topics: [Topics.SettlementResults]);

        builder.AddValidatedOptions<NoticeOptions>(NoticeOptions.Section);
        builder.AddServiceHttpClient("sandbox");
        builder.AddAcquirerPipelines();
        builder.Services.AddSingleton<NoticeFeeds>().AddSingleton<NoticeTelemetry>().AddSingleton<NoticeDesk>().AddSingleton<TakeDispute>().AddSingleton<TakeReturn>();
        builder.Services.AddHostedService<NoticePoller>();
    }

    public static void UseReconciler(this WebApplication app)
    {
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapMessagingEndpoints();
        app.MapGrpcService<ReconciliationService>();
        app.MapExceptions();
    }
}
