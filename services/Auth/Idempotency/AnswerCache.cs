using System.Globalization;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace PayFlow.Auth.Idempotency;

/// <summary>
/// Finished answers in Redis, in front of Postgres. It holds nothing that isn't committed, so a wrong "not there" only costs a query; when Redis is slow or
/// away it is left alone for a moment.
/// </summary>
public sealed partial class AnswerCache(IConnectionMultiplexer redis, IOptions<IdempotencyOptions> options, TimeProvider time, ILogger<AnswerCache> logger)
{
    private long restUntil;

    /// <summary>The request's fingerprint and its answer, when Redis has them at hand.</summary>
    public async Task<(byte[] Fingerprint, KeyAnswer Answer)?> FindAsync(KeyName name)
    {
        if (Rests)
        {
            return null;
        }

        try
        {
            var value = await redis.GetDatabase().StringGetAsync(RedisKeyOf(name)).WaitAsync(options.Value.CacheTimeout, time);
            return value.IsNull ? null : Read(name, value!);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            Rest(failure);
            return null;
        }
    }

    /// <summary>Keeps an answer that is committed. Waits for nothing: what gets lost is read from Postgres.</summary>
    public void Keep(byte[] fingerprint, KeyAnswer answer)
    {
        if (Rests)
        {
            return;
        }

        try
        {
            redis.GetDatabase().StringSet(RedisKeyOf(answer.Name), Write(fingerprint, answer), options.Value.CacheFor, When.Always, CommandFlags.FireAndForget);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            Rest(failure);
        }
    }

    private bool Rests => time.GetTimestamp() < Volatile.Read(ref restUntil);

    private void Rest(Exception failure)
    {
        Volatile.Write(ref restUntil, time.GetTimestamp() + (long)(options.Value.CacheRest.TotalSeconds * time.TimestampFrequency));
        LogResting(options.Value.CacheRest.TotalMilliseconds, failure.Message);
    }

    private static RedisKey RedisKeyOf(KeyName name) => $"payflow:auth:answer:{name.MerchantId}:{name.Mode}:{name.Key}";

    private static RedisValue Write(byte[] fingerprint, KeyAnswer answer) =>
        $"{Convert.ToHexStringLower(fingerprint)}\n{answer.Status.ToString(CultureInfo.InvariantCulture)}\n{answer.Body}";

    private static (byte[] Fingerprint, KeyAnswer Answer) Read(KeyName name, string value)
    {
        var parts = value.Split('\n', 3);
        return (Convert.FromHexString(parts[0]), new KeyAnswer(name, int.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is slow or away, Postgres answers for the next {Milliseconds} ms: {Reason}")]
    private partial void LogResting(double milliseconds, string reason);
}
