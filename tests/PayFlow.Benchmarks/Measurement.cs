namespace PayFlow.Benchmarks;

/// <summary>What a load of many clients came to. Times are milliseconds.</summary>
/// <param name="Sustained">Per second, counted until everything that was called for was done behind the answers, too; null where an answer is all there is.</param>
/// <param name="Processor">Processor time for each call that succeeded, by part of the system, most first.</param>
internal sealed record Measurement(string Name, double PerSecond, double P50, double P95, double P99, long Failures, double? Sustained, IReadOnlyList<(string Part, TimeSpan Used)> Processor)
{
    /// <summary>Lets the settings' clients call as fast as they are answered. A call answers whether it succeeded.</summary>
    /// <param name="each">How many a call does at once.</param>
    /// <param name="settle">Waits until what the calls began is done, to the last of it; null when an answer is all there is.</param>
    public static async Task<Measurement> TakeAsync(string name, Settings settings, Func<int, Task<bool>> call, Func<Task>? settle = null, int each = 1)
    {
        await LoadAsync(settings.Clients, settings.WarmUp, call);
        await (settle?.Invoke() ?? Task.CompletedTask);
        var before = ProcessorTime.Now();
        var begun = TimeProvider.System.GetTimestamp();
        var (latencies, failures, elapsed) = await LoadAsync(settings.Clients, settings.Duration, call);
        await (settle?.Invoke() ?? Task.CompletedTask);
        double? sustained = settle is null ? null : (double)latencies.Count * each / TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        var used = ProcessorTime.Now().Since(before);
        latencies.Sort();
        return new Measurement(name, (double)latencies.Count * each / elapsed.TotalSeconds, At(0.50), At(0.95), At(0.99), failures, sustained, [.. used.Select(part => (part.Part, part.Used / Math.Max(1, (double)latencies.Count * each)))]);

        double At(double share) => latencies.Count == 0 ? 0 : latencies[(int)Math.Min(latencies.Count - 1, latencies.Count * share)].TotalMilliseconds;
    }

    private static async Task<(List<TimeSpan> Latencies, long Failures, TimeSpan Elapsed)> LoadAsync(int clients, TimeSpan duration, Func<int, Task<bool>> call)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        var loops = Enumerable.Range(0, clients).Select(async client =>
        {
            var own = new List<TimeSpan>();
            var failures = 0L;
            while (time.GetElapsedTime(started) < duration)
            {
                var sent = time.GetTimestamp();
                if (await call(client))
                    own.Add(time.GetElapsedTime(sent));
                else
                    failures++;
            }

            return (own, failures);
        });
        var results = await Task.WhenAll(loops);
        return ([.. results.SelectMany(result => result.own)], results.Sum(result => result.failures), time.GetElapsedTime(started));
    }
}
