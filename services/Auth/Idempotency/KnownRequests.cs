using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Execution;
using PayFlow.Auth.Payments;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Auth.Idempotency;

/// <summary>
/// What every request that moves money has in common: an answer that is there is said again, a request that is being carried out is joined, and whoever waits waits
/// for a bounded time.
/// </summary>
public sealed class KnownRequests(
    AnswerCache cache,
    Shards shards,
    PaymentExecutor executor,
    PaymentReader reader,
    AuthTelemetry telemetry,
    IOptions<ExecutorOptions> options,
    TimeProvider time)
{
    internal static readonly Refusal OtherRequest = new(
        RefusalKind.Mismatch, "idempotency_key_reused", "This idempotency key was used with another request. Nothing was done. Make a new key for a new request.");

    private static readonly Refusal InFlight = new(
        RefusalKind.Conflict, "idempotency_key_in_use", "The first request with this idempotency key is still being carried out. Send this one again in a moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private static readonly Refusal Busy = new(
        RefusalKind.Conflict, "payment_busy", "Another request is being carried out on this payment. Nothing was done. Send this one again in a moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private static readonly Refusal TooMuch = new(
        RefusalKind.Unavailable, "busy", "More payments are being carried out than fit. Nothing was done. Send this one again in a moment.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    private readonly ConcurrentDictionary<KeyName, KeyRow> beginning = new();

    /// <summary>The finished answer, when Redis has it at hand.</summary>
    public async Task<IResult?> FromCacheAsync(KeyName name, byte[] fingerprint)
    {
        if (await cache.FindAsync(name) is not { } found)
        {
            return null;
        }

        if (!Fingerprint.Same(found.Fingerprint, fingerprint))
        {
            return Problem.From(OtherRequest);
        }

        telemetry.Replayed("redis");
        return Answers.Say(found.Answer, replayed: true);
    }

    /// <summary>Answers a request whose key is known.</summary>
    /// <param name="waits">Whether the client waits for the outcome.</param>
    public async Task<IResult> AnswerAsync(KeyRow known, byte[] fingerprint, bool waits, CancellationToken ct)
    {
        if (!Fingerprint.Same(known.Fingerprint, fingerprint))
        {
            return Problem.From(OtherRequest);
        }

        if (known.Answer is { } answer)
        {
            telemetry.Replayed("postgres");
            cache.Keep(fingerprint, answer);
            return Answers.Say(answer, replayed: true);
        }

        return waits
            ? await WaitAsync(known, PaymentCommand.CarryOn(known.Name.Key), isFirst: false, ct)
            : await AcceptAsync(known.PaymentId, ct);
    }

    /// <summary>Carries out a request about a payment that is there, unless its key says that this was done.</summary>
    /// <param name="decide">The change that the request asks for, with the row as its key, or why not.</param>
    public async Task<IResult> CarryOutAsync(KeyRow row, Func<Payment, DateTimeOffset, Result<PaymentChange>> decide, CancellationToken ct)
    {
        if (await FromCacheAsync(row.Name, row.Fingerprint) is { } cached)
        {
            return cached;
        }

        if (await KeySql.FindAsync(shards.For(row.PaymentId.Slot).Source, row.Name, ct) is { } known)
        {
            return await AnswerAsync(known, row.Fingerprint, waits: true, ct);
        }

        return RefuseWhenFull() is { } full
            ? Problem.From(full)
            : await WaitAsync(row, PaymentCommand.Ask(row.Name.Key, decide), isFirst: true, ct);
    }

    /// <summary>Begins a payment under a key that nobody has taken. Requests with the same key that come to this process meanwhile wait for the same payment.</summary>
    public async Task<IResult> BeginAsync(KeyRow row, CancellationToken ct)
    {
        var first = beginning.GetOrAdd(row.Name, row);
        if (!ReferenceEquals(first, row))
        {
            return Fingerprint.Same(first.Fingerprint, row.Fingerprint) ? await WaitAsync(first, PaymentCommand.Begin(first), isFirst: false, ct) : Problem.From(OtherRequest);
        }

        try
        {
            return await WaitAsync(row, PaymentCommand.Begin(row), isFirst: true, ct);
        }
        finally
        {
            beginning.TryRemove(new(row.Name, row));   // whoever comes later finds the key, or it is free
        }
    }

    /// <summary>Hands over a command of a request and answers with what comes of it within the time that a client waits.</summary>
    /// <param name="isFirst">Whether this request is the one that took the key.</param>
    public async Task<IResult> WaitAsync(KeyRow row, PaymentCommand command, bool isFirst, CancellationToken ct)
    {
        AuthTelemetry.Mark(row.PaymentId, row.Name.MerchantId, row.Name.Key);
        CommandEnd end;
        try
        {
            end = await executor.Submit(row.PaymentId, command).End.WaitAsync(options.Value.ClientWait, time, ct);
        }
        catch (TimeoutException)
        {
            return await AcceptAsync(row.PaymentId, ct);
        }

        switch (end)
        {
            case CommandEnd.Answered { Answer: var answer }:
                cache.Keep(row.Fingerprint, answer);
                CrashPoint.Hit("auth.answer.cached");
                return Answers.Say(answer, replayed: !isFirst);
            case CommandEnd.Refused { Refusal: { Kind: RefusalKind.Conflict } refusal, Payment: var payment }:
                return Problem.From(refusal, new Dictionary<string, object?> { ["allowed_actions"] = PaymentView.Actions(payment, time.GetUtcNow()) });
            case CommandEnd.Refused { Refusal: var refusal }:
                return Problem.From(refusal);
            case CommandEnd.Unknown:
                return Problem.From(Refusal.NotFound("payment", row.PaymentId.ToString()));
            case CommandEnd.KeyTaken:
                return await TakenAsync(row, ct);
            default:
                return await LeftAsync(row, end, isFirst, ct);
        }
    }

    /// <summary>Refuses what doesn't fit, before anything is written for it.</summary>
    public Refusal? RefuseWhenFull() => executor.IsFull ? TooMuch : null;

    /// <summary>202: it is written down and will be carried out. When it isn't written down yet, nothing is promised.</summary>
    private async Task<IResult> AcceptAsync(Id payment, CancellationToken ct) =>
        await reader.FindAsync(payment, ct) is { } view ? Results.Accepted($"/v1/payments/{payment}", view) : Problem.From(InFlight);

    // It was another request that took the key, just now: it is answered as any that comes later.
    private async Task<IResult> TakenAsync(KeyRow row, CancellationToken ct) =>
        await KeySql.FindAsync(shards.For(row.PaymentId.Slot).Source, row.Name, ct) is { } known
            ? await AnswerAsync(known, row.Fingerprint, waits: true, ct)
            : Problem.From(InFlight);

    private async Task<IResult> LeftAsync(KeyRow row, CommandEnd end, bool isFirst, CancellationToken ct)
    {
        var now = await KeySql.FindAsync(shards.For(row.PaymentId.Slot).Source, row.Name, ct);
        if (now is null)
        {
            return Problem.From(Busy);   // nothing was written under this key
        }

        if (now.Resource != row.Resource)
        {
            return await AnswerAsync(now, row.Fingerprint, waits: true, ct);   // another request took the key
        }

        if (now.Answer is { } answer)
        {
            cache.Keep(row.Fingerprint, answer);
            return Answers.Say(answer, replayed: !isFirst);
        }

        return end is CommandEnd.Elsewhere && !isFirst ? Problem.From(InFlight) : await AcceptAsync(row.PaymentId, ct);
    }
}
