using Microsoft.Extensions.Options;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Http;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Acquirers;

/// <summary>Acquirers, the way to them, and what operators ask of them.</summary>
public static class AcquirersModule
{
    private static readonly Refusal Busy = new(RefusalKind.Conflict, "sweep_running", "Another process is comparing the acquirers' journals at the moment.");

    public static void AddAcquirers(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<RoutingOptions>("Auth:Routing");
        builder.AddValidatedOptions<OrphanOptions>("Auth:Orphans");
        builder.AddServiceHttpClient("sandbox");
        builder.AddAcquirerPipelines();
        builder.Services.AddSingleton<Routing>();
        builder.Services.AddSingleton(provider => new AcquirerDesk(AcquirerDesk.FromConfiguration(provider), provider.GetRequiredService<AcquirerPipelines>()));
        builder.Services.AddSingleton<OrphanSweep>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<OrphanSweep>());
    }

    /// <summary>Maps, for operators, <c>GET /internal/acquirers</c>, <c>GET /internal/orphans</c> and <c>POST /internal/orphans/sweep</c>.</summary>
    public static void MapAcquirers(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup("/internal").ExcludeFromDescription();
        group.MapGet("/acquirers", (IOptions<RoutingOptions> routing, AcquirerPipelines pipelines) => TypedResults.Ok(new
        {
            Data = routing.Value.Acquirers.OrderBy(acquirer => acquirer.Key, StringComparer.Ordinal).Select(acquirer => AcquirerView.Of(acquirer.Key, acquirer.Value, pipelines)),
        }));
        group.MapGet("/orphans", ListAsync);
        group.MapPost("/orphans/sweep", async (OrphanSweep sweep, CancellationToken ct) =>
            await sweep.SweepAsync(onlyDue: false, ct) is { } reports ? TypedResults.Ok(new { Data = reports }) : (IResult)Problem.From(Busy));
    }

    private static async Task<IResult> ListAsync(HttpRequest request, OrphanSweep sweep, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(otherwise: 100), Open: query.OptionalBoolean("open") ?? false));
        return read.TryGet(out var asked, out var refusal) ? TypedResults.Ok(new { Data = await sweep.ListAsync(asked.Limit, asked.Open, ct) }) : Problem.From(refusal);
    }

    /// <summary>How an acquirer is doing, as an operator sees it.</summary>
    /// <param name="Since">When the state began; null when it was never another since this process started.</param>
    /// <param name="Failures">In a row.</param>
    /// <param name="Share">The share of its traffic that it gets: 1 unless it comes back from an outage, 0 while its breaker is open.</param>
    private sealed record AcquirerView(string Name, string Format, string State, DateTimeOffset? Since, int Failures, double Share)
    {
        public static AcquirerView Of(string name, AcquirerSettings settings, AcquirerPipelines pipelines)
        {
            var breaker = pipelines.For(name).Breaker;
            return new AcquirerView(name, Names.Of(settings.Format), Names.Of(breaker.State), breaker.Since, breaker.Failures, breaker.Share);
        }
    }
}
