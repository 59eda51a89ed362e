namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>The machine's clock, put forward or back. What waits goes by real time.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private long _shift;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _shift));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);

    /// <summary>Puts the clock to a time, from where it goes on.</summary>
    public void Set(DateTimeOffset time) => Interlocked.Exchange(ref _shift, (time - System.GetUtcNow()).Ticks);
}
