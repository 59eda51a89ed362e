using System.Text.Json;
using PayFlow.Auth.Payments;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Json;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Auth.Idempotency;

/// <summary>
/// A request that moves no money: one transaction carries it out, so its key needs no lease, no sweep and nobody to wait for. It may come without a key; then sent
/// twice it is done twice.
/// </summary>
/// <param name="MerchantId">Whose request it is, and so on which shard it is carried out.</param>
/// <param name="Key">The client's; null without one.</param>
/// <param name="Fingerprint">Tells it from other requests under the same key. Of a request that has secrets in it: <c>Envelope.Fingerprint</c>.</param>
/// <param name="Resource">What it makes or changes.</param>
public sealed record SimpleRequest(Id MerchantId, Mode Mode, string? Key, byte[] Fingerprint, KeyKind Kind, Id Resource);

/// <summary>What is answered to a <see cref="SimpleRequest"/>.</summary>
/// <param name="Body">Written as the API's JSON.</param>
public sealed record SimpleAnswer(int Status, object Body)
{
    /// <summary>
    /// What is kept for later requests under the key, and so what they get: the body, unless that shows a secret. A secret that is shown once is not kept, sealed or not:
    /// whoever lost the answer sees what was made, and has a new secret made for it.
    /// </summary>
    public object Kept { get; init; } = Body;
}

/// <summary>Carries out requests that one transaction can: what they make, their key and their answer commit together.</summary>
public sealed class SimpleRequests(Shards shards, AuthTelemetry telemetry, TimeProvider time)
{
    /// <param name="carryOut">Writes what is asked in the transaction that it is given, and answers; or refuses, and then nothing was written and the key stays free.</param>
    public async Task<IResult> CarryOutAsync(SimpleRequest request, Func<ShardTransaction, CancellationToken, Task<Result<SimpleAnswer>>> carryOut, CancellationToken ct)
    {
        await using (var transaction = await shards.BeginAsync(request.MerchantId.Slot, ct))
        {
            if (request.Key is null || await KeySql.TryTakeAsync(transaction, Row(request), ct))
            {
                return await CarryOutAsync(transaction, request, carryOut, ct);
            }
        }

        return Again(request, await KeySql.FindAsync(shards.For(request.MerchantId.Slot).Source, new KeyName(request.MerchantId, request.Mode, request.Key), ct));
    }

    /// <summary>Carries out the request that makes the merchant whose request it is: its row can't be there before the merchant is.</summary>
    public async Task<IResult> OnboardAsync(SimpleRequest request, Func<ShardTransaction, CancellationToken, Task<Result<SimpleAnswer>>> carryOut, CancellationToken ct)
    {
        await using (var transaction = await shards.BeginAsync(request.MerchantId.Slot, ct))
        {
            if (!(await carryOut(transaction, ct)).TryGet(out var answer, out var refusal))
            {
                return Problem.From(refusal);
            }

            if (request.Key is null || await KeySql.TryTakeAsync(transaction, Row(request), ct))
            {
                return await CommitAsync(transaction, request, answer, ct);
            }
        }

        return Again(request, await KeySql.FindOnboardedAsync(shards.For(request.MerchantId.Slot).Source, request.Key, ct));
    }

    // Somebody else has the key, and has answered: a row without an answer is a payment's.
    private IResult Again(SimpleRequest request, KeyRow? known)
    {
        if (known is null)
        {
            throw new InvalidOperationException($"The key of {request.Kind} was taken a moment ago and is gone.");
        }

        if (!Fingerprint.Same(known.Fingerprint, request.Fingerprint) || known.Answer is not { } answer)
        {
            return Problem.From(KnownRequests.OtherRequest);
        }

        telemetry.Replayed("postgres");
        return Answers.Say(answer, replayed: true);
    }

    private async Task<IResult> CarryOutAsync(
        ShardTransaction transaction, SimpleRequest request, Func<ShardTransaction, CancellationToken, Task<Result<SimpleAnswer>>> carryOut, CancellationToken ct)
    {
        if (!(await carryOut(transaction, ct)).TryGet(out var answer, out var refusal))
        {
            return Problem.From(refusal);
        }

        return await CommitAsync(transaction, request, answer, ct);
    }

    private async Task<IResult> CommitAsync(ShardTransaction transaction, SimpleRequest request, SimpleAnswer answer, CancellationToken ct)
    {
        if (request.Key is { } key)
        {
            await KeySql.AnswerAsync(transaction, Kept(request, key, answer.Status, answer.Kept), time.GetUtcNow(), ct);
        }

        await transaction.CommitAsync(ct);
        CrashPoint.Hit("auth.simple.committed");
        return Answers.Say(Kept(request, request.Key ?? "", answer.Status, answer.Body), replayed: false);
    }

    private static KeyAnswer Kept(SimpleRequest request, string key, int status, object body) =>
        new(new KeyName(request.MerchantId, request.Mode, key), status, JsonSerializer.Serialize(body, ApiJson.Options));

    // Nothing has to be known to carry it out again, so nothing of the request is kept: it may have card data in it.
    private KeyRow Row(SimpleRequest request) => new(
        new KeyName(request.MerchantId, request.Mode, request.Key!), request.Fingerprint, request.Kind, request.Resource, PaymentId: default, Request: "{}", time.GetUtcNow());
}
