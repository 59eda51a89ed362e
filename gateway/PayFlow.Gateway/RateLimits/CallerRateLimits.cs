using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using PayFlow.Gateway.ApiKeys;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.RateLimits;

/// <summary>
/// A bucket per merchant and mode, and one per administrator. Each gateway process has its own: with n of them a caller gets up to n times its limit.
/// </summary>
internal sealed class CallerRateLimits(IOptions<RateLimitOptions> options, TimeProvider time)
{
    private readonly GenerationCache<(Guid Merchant, Mode Mode), TokenBucket> _merchants = new(options.Value.Remembered);
    private readonly GenerationCache<string, TokenBucket> _administrators = new(options.Value.Remembered);

    /// <summary>Whether a merchant may send one more request; if not, how it is told.</summary>
    public bool TryTake(Merchant merchant, [NotNullWhen(false)] out Refusal? refusal) => TryTake(
        _merchants, (merchant.Caller.MerchantId.Value, merchant.Caller.Mode), merchant.RateLimit > 0 ? merchant.RateLimit : options.Value.DefaultPerSecond, "This merchant", out refusal);

    /// <summary>The same of an administrator.</summary>
    public bool TryTake(Administrator administrator, [NotNullWhen(false)] out Refusal? refusal) =>
        TryTake(_administrators, administrator.Name, options.Value.AdministratorPerSecond, "This administrator", out refusal);

    private bool TryTake<TKey>(GenerationCache<TKey, TokenBucket> buckets, TKey key, int perSecond, string who, [NotNullWhen(false)] out Refusal? refusal)
        where TKey : notnull
    {
        if (!buckets.TryGet(key, out var bucket))
        {
            bucket = buckets.GetOrAdd(key, new TokenBucket());
        }

        var isTaken = bucket.TryTake(time.GetUtcNow(), perSecond, perSecond * options.Value.BurstSeconds, out var wait);
        refusal = isTaken ? null
            : new Refusal(RefusalKind.RateLimited, "rate_limited", $"{who} sends more requests than its limit. Nothing was done; send it again after the time in Retry-After.") { RetryAfter = wait };
        return isTaken;
    }
}
