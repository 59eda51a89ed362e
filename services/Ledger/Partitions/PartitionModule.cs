using PayFlow.Kernel;
using PayFlow.Ledger.Periods;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Health;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>Partitions that are made ahead of time, and archives.</summary>
internal static class PartitionModule
{
    private static readonly Refusal Malformed = Refusal.Invalid([new FieldError("month", "malformed", "Must be a month like 2026-11.")]);

    public static void AddPartitions(this WebApplicationBuilder builder)
    {
        builder.AddValidatedOptions<PartitionOptions>(PartitionOptions.Section);
        builder.Services.AddSingleton<ArchiveFiles>().AddSingleton<ArchiveMonth>().AddSingleton<VerifyArchive>();
        builder.Services.AddSingleton<PartitionWorker>().AddHostedService(services => services.GetRequiredService<PartitionWorker>());
        builder.AddReadyCheck("partitions", CheckAsync, Need.Optional);
    }

    public static void MapPartitions(this IEndpointRouteBuilder app)
    {
        app.MapPost("/internal/archives/{month}", async (string month, ArchiveMonth archive, CancellationToken ct) =>
            !Period.TryParse(month, out var asked) ? Problem.From(Malformed)
            : (await archive.HandleAsync(asked, ct)).TryGet(out var manifests, out var refusal) ? Results.Ok(new { Archives = manifests }) : Problem.From(refusal));
        app.MapPost("/internal/archives/{month}/verify", async (string month, VerifyArchive verify, CancellationToken ct) =>
            !Period.TryParse(month, out var asked) ? Problem.From(Malformed)
            : (await verify.HandleAsync(asked, ct)).TryGet(out var findings, out var refusal) ? Results.Ok(new { Holds = findings.Count == 0, Findings = findings }) : Problem.From(refusal));
    }

    /// <summary>Without a partition for the next month, nothing is taken when it begins.</summary>
    private static async Task CheckAsync(IServiceProvider services, CancellationToken ct)
    {
        var next = Period.Of(services.GetRequiredService<TimeProvider>().GetUtcNow()).Next;
        foreach (var shard in services.GetRequiredService<Shards>().All)
        {
            if (!await PartitionSql.IsAttachedAsync(shard, next, ct))
            {
                throw new InvalidOperationException($"Shard {shard.Number} has no partition for {next}.");
            }
        }
    }
}
