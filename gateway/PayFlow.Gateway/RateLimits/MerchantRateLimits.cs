using Microsoft.Extensions.Options;
using PayFlow.Gateway.ApiKeys;

namespace PayFlow.Gateway.RateLimits;

/// <summary>A bucket per merchant and mode. Each gateway process has its own: with n of them a merchant gets up to n times its limit.</summary>
internal sealed class MerchantRateLimits(IOptions<RateLimitOptions> options, TimeProvider time)
{
    private readonly GenerationCache<(Guid Merchant, Kernel.Mode Mode), TokenBucket> _buckets = new(options.Value.Remembered);

    public bool TryTake(Merchant merchant, out TimeSpan wait)
    {
        var perSecond = merchant.RateLimit > 0 ? merchant.RateLimit : options.Value.DefaultPerSecond;
        var key = (merchant.Caller.MerchantId.Value, merchant.Caller.Mode);
        if (!_buckets.TryGet(key, out var bucket))
        {
            bucket = _buckets.GetOrAdd(key, new TokenBucket());
        }

        return bucket.TryTake(time.GetUtcNow(), perSecond, perSecond * options.Value.BurstSeconds, out wait);
    }
}
