using PayFlow.Messaging;
using PayFlow.Reconciler.Events;
using PayFlow.Reconciler.Exceptions;
using PayFlow.Reconciler.Grpc;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Reconciler;

public static class ReconcilerModule
{
    public static void AddReconciler(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("reconciler");
        builder.AddShards("reconciliation", typeof(ReconcilerModule).Assembly, role: "payflow_reconciler");
        builder.AddOutboxRelay("reconciliation");
        builder.AddEventConsumer<SettlementEventsConsumer>("reconciler", database: "reconciliation", topics: [Topics.SettlementResults]);
        builder.Services.AddGrpc();
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
