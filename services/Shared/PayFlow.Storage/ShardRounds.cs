namespace PayFlow.Storage;

/// <summary>Work that comes round in every shard, again and again.</summary>
public static class ShardRounds
{
    /// <summary>Does the work in one shard after the other, each time the interval is over. A shard that fails is told of, and the others don't wait for it.</summary>
    /// <param name="failed">What went wrong, and in which shard.</param>
    /// <param name="stop">Ends it, with an <see cref="OperationCanceledException"/>.</param>
    public static async Task RunAsync(
        Shards shards, TimeSpan interval, TimeProvider time, Func<Shard, CancellationToken, Task> work, Action<Exception, int> failed, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            foreach (var shard in shards.All)
            {
                try
                {
                    await work(shard, stop);
                }
                catch (Exception failure) when (!stop.IsCancellationRequested)
                {
                    failed(failure, shard.Number);
                }
            }
        }
    }
}
