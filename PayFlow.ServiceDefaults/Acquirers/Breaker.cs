namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>What a breaker does with calls.</summary>
public enum BreakerState
{
    /// <summary>Calls go through.</summary>
    Closed = 0,

    /// <summary>No call goes through.</summary>
    Open = 1,

    /// <summary>One trial call decides; while it is on its way no other goes through.</summary>
    HalfOpen = 2,

    /// <summary>The trial succeeded; calls go through, and who has another acquirer to go to sends only a growing share.</summary>
    RampUp = 3,
}

/// <summary>A breaker as a call would meet it now.</summary>
/// <param name="Since">When the state began, UTC; null when it was never another.</param>
/// <param name="Failures">In a row.</param>
/// <param name="Share">The share of traffic to send when there is somewhere else to go: 1 unless it ramps up, 0 while nothing goes through.</param>
/// <param name="TakesCalls">Whether a call would go through. Open and due for its trial it does: somebody must make it.</param>
public readonly record struct BreakerView(BreakerState State, DateTimeOffset? Since, int Failures, double Share, bool TakesCalls);

/// <summary>
/// Counts failures in a row: so many open it, one trial decides whether it closes. (Polly's own breaker judges by a failure rate in a window, which
/// a success a second ago keeps closed.) No I/O, no clock of its own.
/// </summary>
internal sealed class Breaker(AcquirerOptions options)
{
    private readonly Lock _lock = new();
    private BreakerState _state;
    private DateTimeOffset? _since;
    private int _failures;
    private DateTimeOffset _until;     // open: when the trial may go; ramp-up: when it is over
    private long _epoch;               // results of calls that began under an older state don't count

    /// <summary>The breaker as it would be met by a call now.</summary>
    public BreakerView View(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _state switch
            {
                BreakerState.Open when now < _until => new(BreakerState.Open, _since, _failures, Share: 0, TakesCalls: false),
                BreakerState.Open => new(BreakerState.HalfOpen, _until, _failures, Share: 1, TakesCalls: true),   // the next call is the trial
                BreakerState.HalfOpen => new(BreakerState.HalfOpen, _since, _failures, Share: 0, TakesCalls: false),
                BreakerState.RampUp when now < _until => new(BreakerState.RampUp, _since, _failures, 1 - ((_until - now) / options.RampUp), TakesCalls: true),
                BreakerState.RampUp => new(BreakerState.Closed, _until, _failures, Share: 1, TakesCalls: true),
                _ => new(BreakerState.Closed, _since, _failures, Share: 1, TakesCalls: true),
            };
        }
    }

    /// <summary>Asks to make a call.</summary>
    /// <returns>A pass to hand to <see cref="Report"/>; or none, and how long to wait.</returns>
    public (long? Pass, TimeSpan Wait) TryEnter(DateTimeOffset now)
    {
        lock (_lock)
        {
            switch (_state)
            {
                case BreakerState.Open when now < _until:
                    return (null, _until - now);
                case BreakerState.Open:
                    Become(BreakerState.HalfOpen, now);
                    break;
                case BreakerState.HalfOpen:
                    return (null, options.AttemptTimeout);
                case BreakerState.RampUp when now >= _until:
                    Become(BreakerState.Closed, _until);
                    break;
            }

            return (_epoch, TimeSpan.Zero);
        }
    }

    /// <summary>Says how the call with this pass ended.</summary>
    public void Report(long pass, bool succeeded, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (pass != _epoch)
            {
                return;
            }

            if (succeeded)
            {
                _failures = 0;
                if (_state == BreakerState.HalfOpen)
                {
                    Become(options.RampUp > TimeSpan.Zero ? BreakerState.RampUp : BreakerState.Closed, now);
                    _until = now + options.RampUp;
                }
            }
            else
            {
                _failures++;
                if (_state == BreakerState.HalfOpen)
                {
                    Open(now, options.BreakAfterFailedTrial);
                }
                else if (_failures >= options.BreakAfter)
                {
                    Open(now, options.Break);
                }
            }
        }
    }

    /// <summary>Gives a pass back whose call neither succeeded nor failed: its caller went away.</summary>
    public void Withdraw(long pass, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (pass == _epoch && _state == BreakerState.HalfOpen)
            {
                Open(now, TimeSpan.Zero);   // the next call is the trial
            }
        }
    }

    private void Open(DateTimeOffset now, TimeSpan duration)
    {
        Become(BreakerState.Open, now);
        _until = now + duration;
    }

    private void Become(BreakerState state, DateTimeOffset since)
    {
        _state = state;
        _since = since;
        _epoch++;
    }
}
