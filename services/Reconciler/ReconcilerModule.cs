using PayFlow.Messaging;
using PayFlow.Reconciler.Events;
using PayFlow.Reconciler.Exceptions;
using PayFlow.Reconciler.Grpc;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Reconciler;

/// <summary>Reconciliation: what the acquirers report against what was submitted.</summary>
public static class ReconcilerModule
{
    public static void AddReconciler(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("reconciler");
        builder.AddShards("reconciliation", typeof(ReconcilerModule).Assembly, role: "payflow_reconciler");
        builder.AddOutboxRelay("reconciliation");
        builder.AddEventConsumer<SettlementEventsConsumer>("reconciler", database: "reconciliation", topics: [Topics.SettlementResults]);
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
