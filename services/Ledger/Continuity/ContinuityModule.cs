using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Rpc;

namespace PayFlow.Ledger.Continuity;

/// <summary>The comparison with the payments: it runs where there is an Auth. A ledger that stands on its own has nothing to be compared with.</summary>
internal static class ContinuityModule
{
    private const string Auth = "auth";

    public static void AddContinuity(this WebApplicationBuilder builder)
    {
        builder.AddValidatedOptions<ContinuityOptions>(ContinuityOptions.Section);
        builder.Services.AddSingleton<ContinuityTelemetry>().AddSingleton<ReadContinuity>();
        if (builder.Configuration.GetSection($"services:{Auth}:grpc:0").Exists())
        {
            builder.AddGrpcClient(Auth, invoker => new Payments.PaymentsClient(invoker));
            builder.Services.AddSingleton<CheckContinuity>().AddHostedService<ContinuityWorker>();
        }
    }

    public static void MapContinuity(this IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/continuity", async (ReadContinuity read, CancellationToken ct) => Results.Ok(ContinuityView.From(await read.HandleAsync(ct))));
        app.MapPost("/internal/continuity", CheckAsync);
    }

    private static async Task<IResult> CheckAsync(IServiceProvider services, CancellationToken ct) => services.GetService<CheckContinuity>() is { } check
        ? Results.Ok(ContinuityView.From(await check.RunAsync(ct)))
        : ServiceDefaults.Problems.Problem.From(new Kernel.Refusal(
            Kernel.RefusalKind.Conflict, "no_payments", $"This ledger knows no payments to be compared with: configuration services:{Auth}:grpc:0 is not set."));
}
