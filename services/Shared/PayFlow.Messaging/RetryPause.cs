namespace PayFlow.Messaging;

/// <summary>Pauses between tries while something is away: 50 ms, then twice as long each time, up to a bound.</summary>
internal sealed class RetryPause(MessagingOptions options, TimeProvider time)
{
    private const int FirstMs = 50;

    private int _nextMs = FirstMs;

    public Task WaitAsync(CancellationToken ct)
    {
        var pause = TimeSpan.FromMilliseconds(_nextMs);
        _nextMs = Math.Min(_nextMs * 2, options.RetryMaxMs);
        return Task.Delay(pause, time, ct);
    }

    public void Reset() => _nextMs = FirstMs;
}
