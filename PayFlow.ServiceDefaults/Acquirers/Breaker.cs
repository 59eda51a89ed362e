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

    /// <summary>The trial succeeded; a growing share of calls goes through.</summary>
    RampUp = 3,
}

/// <summary>
/// Counts failures in a row: so many open it, one trial decides whether it closes. (Polly's own breaker judges by a failure rate in a window, which
/// a success a second ago keeps closed.) No I/O, no clock of its own.
/// </summary>
internal sealed class Breaker(AcquirerOptions options)
{
    private readonly Lock _lock = new();
    private BreakerState _state;
    private int _failures;
    private DateTimeOffset _until;     // open: when the trial may go; ramp-up: when it is over
    private double _admitted;          // ramp-up: the share of the next call that is saved up
    private long _epoch;               // results of calls that began under an older state don't count

    /// <summary>The state as it would be met by a call now.</summary>
    public BreakerState State(DateTimeOffset now)
    {
        lock (_lock)
        {
            return _state switch
            {
                BreakerState.RampUp when now >= _until => BreakerState.Closed,
                BreakerState.Open when now >= _until => BreakerState.HalfOpen,   // the next call is the trial; who avoids open breakers must make it
                _ => _state,
            };
        }
    }

    /// <summary>Asks to make a call.</summary>
    /// <param name="sole">Whether there is no other acquirer to go to: the ramp-up then turns nobody away.</param>
    /// <returns>A pass to hand to <see cref="Report"/>; or none, and how long to wait.</returns>
    public (long? Pass, TimeSpan Wait) TryEnter(DateTimeOffset now, bool sole)
    {
        lock (_lock)
        {
            switch (_state)
            {
                case BreakerState.Open when now < _until:
                    return (null, _until - now);
                case BreakerState.Open:
                    Become(BreakerState.HalfOpen);
                    return (_epoch, TimeSpan.Zero);
                case BreakerState.HalfOpen:
                    return (null, options.AttemptTimeout);
                case BreakerState.RampUp when now >= _until:
                    Become(BreakerState.Closed);
                    return (_epoch, TimeSpan.Zero);
                case BreakerState.RampUp when !sole && !Admits(now):
                    return (null, TimeSpan.FromSeconds(1));
                default:
                    return (_epoch, TimeSpan.Zero);
            }
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
                    Become(options.RampUp > TimeSpan.Zero ? BreakerState.RampUp : BreakerState.Closed);
                    _until = now + options.RampUp;
                }
            }
            else if (_state == BreakerState.HalfOpen)
            {
                Open(now, options.BreakAfterFailedTrial);
            }
            else if (++_failures >= options.BreakAfter)
            {
                Open(now, options.Break);
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

    // Spread evenly rather than by chance: at a share of a quarter every fourth call goes.
    private bool Admits(DateTimeOffset now)
    {
        _admitted += 1 - ((_until - now) / options.RampUp);
        if (_admitted < 1)
        {
            return false;
        }

        _admitted -= 1;
        return true;
    }

    private void Open(DateTimeOffset now, TimeSpan duration)
    {
        Become(BreakerState.Open);
        _until = now + duration;
    }

    private void Become(BreakerState state)
    {
        _state = state;
        _failures = 0;
        _admitted = 0;
        _epoch++;
    }
}
