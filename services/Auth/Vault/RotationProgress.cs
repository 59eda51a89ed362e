using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>How far a rotation is.</summary>
/// <param name="IsDue">Whether the current key is older than it may get; null when its date isn't configured.</param>
/// <param name="RowsLeft">Data keys that other keys than the current have sealed, on all shards.</param>
/// <param name="Keys">By key. One without rows can be taken out of the configuration; one that isn't configured opens nothing.</param>
/// <param name="RowsPerSecond">Measured over the last minutes, of all processes together; null while nothing was measured.</param>
/// <param name="EstimatedSecondsLeft">An estimate: what is left at that rate.</param>
public sealed record RotationView(
    string CurrentKey, DateOnly? KeyCreatedOn, DateTimeOffset? DueAt, bool? IsDue, long RowsLeft, IReadOnlyList<RotationKeyView> Keys, double? RowsPerSecond, double? EstimatedSecondsLeft);

public sealed record RotationKeyView(string KeyId, long Rows, bool IsConfigured);

/// <summary>Counts what a rotation has left, now and then while one is going on, and when somebody asks.</summary>
public sealed class RotationProgress : IDisposable
{
    private static readonly TimeSpan SampleEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private readonly Shards shards;
    private readonly Envelope envelope;
    private readonly VaultOptions options;
    private readonly TimeProvider time;
    private readonly Meter meter;
    private readonly Lock gate = new();
    private readonly Queue<(long At, long Left)> samples = new();
    private long lastLeft;

    public RotationProgress(Shards shards, Envelope envelope, IOptions<VaultOptions> options, IMeterFactory meters, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(meters);
        (this.shards, this.envelope, this.options, this.time) = (shards, envelope, options.Value, time);
        meter = meters.Create(AuthTelemetry.Name);
        meter.CreateObservableGauge("payflow.vault.rows_left", () => Volatile.Read(ref lastLeft), description: "Data keys that are not sealed with the current key, when last counted.");
        if (this.options.KeyCreatedOn is { } created)
        {
            meter.CreateObservableGauge("payflow.vault.key_age", () => (time.GetUtcNow() - VaultOptions.StartOf(created)).TotalDays, "d", "Age of the key that seals the vault's data keys.");
        }
    }

    /// <summary>Counts, unless that was just done.</summary>
    public async Task SampleAsync(CancellationToken ct)
    {
        lock (gate)
        {
            if (samples.TryPeek(out _) && time.GetElapsedTime(samples.Last().At) < SampleEvery)
            {
                return;
            }
        }

        await CountAsync(ct);
    }

    public async Task<RotationView> ViewAsync(CancellationToken ct)
    {
        var keys = await CountAsync(ct);
        var left = keys.Where(key => key.KeyId != envelope.CurrentKey).Sum(key => key.Rows);
        var rate = Rate();
        var due = options.DueAt;
        return new RotationView(
            envelope.CurrentKey,
            options.KeyCreatedOn,
            due,
            due is { } at ? time.GetUtcNow() >= at : null,
            left,
            keys,
            rate,
            rate > 0 ? left / rate : null);
    }

    public void Dispose() => meter.Dispose();

    // The current key's rows are most of the table and nobody waits for them: they are not counted.
    private async Task<IReadOnlyList<RotationKeyView>> CountAsync(CancellationToken ct)
    {
        var rows = envelope.KnownKeys.Where(key => key != envelope.CurrentKey).ToDictionary(key => key, _ => 0L);
        foreach (var shard in shards.All)
        {
            foreach (var (table, _) in RotationSql.Tables)
            {
                foreach (var key in (await RotationSql.KeysInUseAsync(shard.Source, table, ct)).Where(key => key != envelope.CurrentKey))
                {
                    rows[key] = rows.GetValueOrDefault(key) + await RotationSql.CountAsync(shard.Source, table, key, ct);
                }
            }
        }

        Add(rows.Values.Sum());
        return [.. rows.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new RotationKeyView(pair.Key, pair.Value, envelope.KnownKeys.Contains(pair.Key)))];
    }

    private void Add(long left)
    {
        Volatile.Write(ref lastLeft, left);
        lock (gate)
        {
            samples.Enqueue((time.GetTimestamp(), left));
            while (samples.Count > 1 && time.GetElapsedTime(samples.Peek().At) > Window)
            {
                samples.Dequeue();
            }
        }
    }

    private double? Rate()
    {
        lock (gate)
        {
            var (first, last) = (samples.Peek(), samples.Last());
            var seconds = time.GetElapsedTime(first.At, last.At).TotalSeconds;
            return seconds > 0 && first.Left > last.Left ? (first.Left - last.Left) / seconds : null;
        }
    }
}
