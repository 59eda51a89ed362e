using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;

namespace PayFlow.Auth.Idempotency;

/// <summary>What idempotency keys need, and where they can be asked about.</summary>
internal static class IdempotencyModule
{
    public static void AddIdempotency(this IServiceCollection services)
    {
        services.AddSingleton<AnswerCache>();
        services.AddSingleton<Intake>();
        services.AddSingleton<KnownRequests>();
        services.AddSingleton<SimpleRequests>();
        services.AddSingleton<GetIdempotencyKey>();
    }

    public static void MapIdempotency(this RouteGroupBuilder v1) => v1
        .MapGet("/idempotency/{key}", (Caller caller, string key, GetIdempotencyKey get, CancellationToken ct) => get.HandleAsync(caller, key, ct))
        .WithName("get_idempotency_key").WithTags("Idempotency").WithSummary("What became of an idempotency key, without sending its request again")
        .WithDescription("404 says that no request with this key was accepted: sending it is safe. Keys are a merchant's own, and those of test and live mode are apart. "
            + "A secret that an answer showed (an API key, say) is not in `response`: it was shown once.")
        .Produces<IdempotencyKeyView>();
}
