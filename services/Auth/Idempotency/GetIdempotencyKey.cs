using System.Text.Json;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Auth.Idempotency;

/// <summary>What became of an idempotency key.</summary>
/// <param name="Resource">What the request makes; for a request that is in progress this may not be there to see yet.</param>
/// <param name="Response">What every further request with the key gets; null while there is no answer.</param>
public sealed record IdempotencyKeyView(
    string Key, IdempotencyKeyStatus Status, KeyResourceView Resource, KeyResponseView? Response, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt)
{
    public static IdempotencyKeyView Of(KeyRow row) => new(
        row.Name.Key,
        row.Answer is null ? IdempotencyKeyStatus.InProgress : IdempotencyKeyStatus.Finished,
        new KeyResourceView(row.Kind.Resource(), row.Resource),
        row.Answer is { } answer ? new KeyResponseView(answer.Status, Answers.Body(answer)) : null,
        row.CreatedAt,
        row.FinishedAt);
}

public enum IdempotencyKeyStatus
{
    InProgress,
    Finished,
}

/// <param name="Type">payment, operation, token, …</param>
public sealed record KeyResourceView(string Type, Id Id);

/// <param name="Status">The HTTP status.</param>
public sealed record KeyResponseView(int Status, JsonElement Body);

/// <summary><c>GET /v1/idempotency/{key}</c>: whether a request arrived and what came of it, without sending it again.</summary>
public sealed class GetIdempotencyKey(Shards shards)
{
    public async Task<IResult> HandleAsync(Caller caller, string key, CancellationToken ct)
    {
        // A slash is the one character that the server leaves encoded in a path.
        var name = new KeyName(caller.MerchantId, caller.Mode, key.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
        return await KeySql.FindAsync(shards.For(caller.Slot).Source, name, ct) is { } row
            ? Results.Ok(IdempotencyKeyView.Of(row))
            : Problem.From(Refusal.NotFound("idempotency key", name.Key));
    }
}
