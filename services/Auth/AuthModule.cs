using Npgsql;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Events;
using PayFlow.Auth.Execution;
using PayFlow.Auth.Grpc;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Previews;
using PayFlow.Auth.Risk;
using PayFlow.Auth.ThreeDSecure;
using PayFlow.Auth.Vault;
using PayFlow.Auth.Webhooks;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Health;
using PayFlow.ServiceDefaults.Http;
using PayFlow.ServiceDefaults.Rpc;
using PayFlow.Storage;
using StackExchange.Redis;

namespace PayFlow.Auth;

/// <summary>Everything that Auth is made of.</summary>
public static class AuthModule
{
    /// <summary>The database, and the name of its connection.</summary>
    public const string Database = "payments";

    /// <summary>The role that Auth works as in its database.</summary>
    public const string Role = "payflow_auth";

    public static IHostApplicationBuilder AddAuth(this IHostApplicationBuilder builder)
    {
        AddOptions(builder);
        builder.AddShards(Database, typeof(AuthModule).Assembly, Role);
        builder.AddOutboxRelay(Database);
        builder.AddEventProducer();
        AddRedis(builder);
        builder.AddGrpcClient("fraud", invoker => new Fraud.FraudClient(invoker));
        builder.AddGrpcClient("ledger", invoker => new Ledger.LedgerClient(invoker));
        builder.AddGrpcClient("batch", invoker => new Settlement.SettlementClient(invoker));
        builder.AddAcquirers();

        builder.Services.AddSingleton<AuthTelemetry>();
        builder.Services.AddIdempotency();
        AddPayments(builder.Services);
        builder.AddMerchants();
        builder.AddVault();
        AddExecution(builder);
        builder.AddEvents();
        builder.AddWebhooks();
        return builder;
    }

    private static void AddOptions(IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<ExecutorOptions>("Auth:Executor");
        builder.AddValidatedOptions<SweepOptions>("Auth:Sweep");
        builder.AddValidatedOptions<BacklogOptions>("Auth:Backlog");
        builder.AddValidatedOptions<PricingOptions>("Auth:Pricing");
        builder.AddValidatedOptions<RiskOptions>("Auth:Risk");
        builder.AddValidatedOptions<IdempotencyOptions>("Auth:Idempotency");
        builder.AddValidatedOptions<SeedOptions>("Auth:Seed");
        builder.AddValidatedOptions<ThreeDSecureOptions>("Auth:ThreeDSecure");
    }

    // Away at the start is no reason not to start: it only makes things fast.
    private static void AddRedis(IHostApplicationBuilder builder)
    {
        builder.AddRedisClient(
            "redis",
            settings =>
            {
                settings.DisableTracing = true;
                settings.DisableHealthChecks = true;
                settings.DisableAutoActivation = false;
            },
            options =>
            {
                options.AbortOnConnectFail = false;
                options.ConnectTimeout = 1_000;
                options.ReconnectRetryPolicy = new ExponentialRetry(200, 2_000);
            });
        builder.AddReadyCheck("redis", (services, _) => services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().PingAsync(), Need.Optional);
    }

    private static void AddPayments(IServiceCollection services)
    {
        services.AddSingleton<PaymentStore>();
        services.AddSingleton<PaymentReader>();
        services.AddSingleton<CreateLookup>();
        services.AddSingleton<CreatePayment>();
        services.AddSingleton<PreviewChange>();
        services.AddSingleton<ActionRequests>();
        services.AddSingleton<ConfirmPayment>();
        services.AddSingleton<CapturePayment>();
        services.AddSingleton<VoidPayment>();
        services.AddSingleton<RefundPayment>();
        services.AddSingleton<GetPayment>();
        services.AddSingleton<ListPayments>();
        services.AddSingleton<GetPaymentHistory>();
        services.AddSingleton<RiskCheck>();
    }

    private static void AddExecution(IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Withdrawals>();
        services.AddSingleton<AccessControlServer>();
        services.AddSingleton<PayerReturn>();
        services.AddSingleton<RunServices>();
        services.AddSingleton<PaymentExecutor>();
        services.AddHostedService(provider => provider.GetRequiredService<PaymentExecutor>());
        services.AddSingleton<HandedOver>();
        services.AddHostedService<IngestWorkers>();
        services.AddHostedService<Sweep>();
        services.AddSingleton<Backlog>();
        services.AddHostedService(provider => provider.GetRequiredService<Backlog>());
        builder.AddIngestConsumer<IngestConsumer>("auth.ingest", Topics.PaymentsIngest);
        builder.AddEventConsumer<SettlementConsumer>("auth.reconciliation", Database, [Topics.ReconciliationEvents]);
    }

    public static WebApplication MapAuth(this WebApplication app)
    {
        app.MapGrpcService<MerchantsService>();
        app.MapGrpcService<PaymentsService>();
        app.MapMessagingEndpoints();
        app.MapAuditCheck();
        app.MapRotation();
        app.MapAcquirers();
        AuthEndpoints.Map(app);
        return app;
    }
}
