namespace PayFlow.Gateway.RateLimits;

/// <summary>
/// So many requests per second, and a burst. It stores one number, the time at which it would be full again (the generic cell rate algorithm), so it needs
/// no timer.
/// </summary>
internal sealed class TokenBucket
{
    private readonly Lock _lock = new();
    private DateTimeOffset _fullAt = DateTimeOffset.MinValue;

    /// <summary>Takes one request; or says how long to wait for it.</summary>
    public bool TryTake(DateTimeOffset now, int perSecond, int burst, out TimeSpan wait)
    {
        var each = TimeSpan.FromTicks(TimeSpan.TicksPerSecond / perSecond);
        lock (_lock)
        {
            var start = _fullAt > now ? _fullAt : now;
            wait = start + each - now - (each * burst);
            if (wait > TimeSpan.Zero)
            {
                return false;
            }

            _fullAt = start + each;
            return true;
        }
    }
}
