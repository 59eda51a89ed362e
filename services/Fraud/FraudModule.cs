using PayFlow.Fraud.Assessments;
using PayFlow.Fraud.Grpc;
using PayFlow.Fraud.Velocity;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Health;
using PayFlow.Storage;
using StackExchange.Redis;

namespace PayFlow.Fraud;

/// <summary>Fraud: a score for every payment, with its reasons.</summary>
public static class FraudModule
{
    public static void AddFraud(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddCrashPoints();
        builder.AddShards("fraud", typeof(FraudModule).Assembly, role: "payflow_fraud");
        builder.AddValidatedOptions<FraudOptions>(FraudOptions.Section);
        builder.AddRedisClient(
            "redis",
            settings => (settings.DisableHealthChecks, settings.DisableTracing, settings.DisableAutoActivation) = (true, true, false),
            options => options.AbortOnConnectFail = false);
        builder.AddReadyCheck("redis", (services, _) => services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().PingAsync(), Need.Optional);
        builder.Services.AddSingleton<VelocityWindows>();
        builder.Services.AddSingleton<AssessmentBook>();
        builder.Services.AddSingleton<CheckRisk>();
    }

    public static void MapFraud(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGrpcService<FraudService>();
        app.MapCrashPoints();
    }
}
