using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>
/// Seals data keys anew that a retired key has sealed, in the background: only the data keys, so no card number is opened. Any number of processes may run it; a shard is
/// worked on by one at a time, batch by batch, and each batch is done or not, so whoever goes on begins where the last one was.
/// </summary>
public sealed partial class VaultRotation(
    Shards shards, Envelope envelope, RotationProgress progress, IOptions<VaultOptions> options, TimeProvider time, ILogger<VaultRotation> logger) : BackgroundService
{
    // "vault key" as hexadecimal ASCII, cut to 64 bits.
    private const long Turn = 0x7661756C74206B65;

    private static readonly TimeSpan RemindEvery = TimeSpan.FromDays(1);

    private DateTimeOffset remindedAt = DateTimeOffset.MinValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RotationInterval, time);
        do
        {
            Remind();
            foreach (var shard in shards.All)
            {
                try
                {
                    await RotateAsync(shard, stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(failure, shard.Number);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Works a shard off, as far as nobody else is at it.</summary>
    /// <returns>How many data keys were sealed anew.</returns>
    internal async Task<int> RotateAsync(Shard shard, CancellationToken ct)
    {
        var done = 0;
        foreach (var table in RotationSql.Tables)
        {
            foreach (var key in (await RotationSql.KeysInUseAsync(shard.Source, table.Table, ct)).Where(key => key != envelope.CurrentKey))
            {
                done += await RotateAsync(shard, table, key, ct);
            }
        }

        return done;
    }

    private async Task<int> RotateAsync(Shard shard, (string Table, string Prefix) table, string key, CancellationToken ct)
    {
        var (done, after) = (0, Guid.Empty);
        while (await BatchAsync(shard, table, key, after, ct) is (var rewrapped, var last))
        {
            CrashPoint.Hit("auth.vault.rewrapped");
            (done, after) = (done + rewrapped, last);
            await progress.SampleAsync(ct);
            await Task.Delay(options.Value.RotationPause, time, ct);
        }

        if (done > 0)
        {
            LogRotated(done, table.Table, key, envelope.CurrentKey, shard.Number);
        }

        return done;
    }

    // Null when there is nothing after the last row, or another process is at it.
    private async Task<(int Rewrapped, Guid Last)?> BatchAsync(Shard shard, (string Table, string Prefix) table, string key, Guid after, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct);
        if (!await TurnSql.TryTakeAsync(transaction, Turn, ct))
        {
            return null;
        }

        var rows = await RotationSql.NextAsync(transaction, table, key, after, options.Value.RotationBatch, ct);
        if (rows.Count == 0)
        {
            return null;
        }

        var rewrapped = rows.Select(row => Rewrap(row, key)).OfType<SealedDataKey>().ToList();
        await RotationSql.RewrapAsync(transaction, table.Table, key, envelope.CurrentKey, rewrapped, ct);
        await transaction.CommitAsync(ct);
        return (rewrapped.Count, rows[^1].Owner.Value);
    }

    // One that can't be opened keeps its key and is said; it must not keep the others from theirs.
    private SealedDataKey? Rewrap(SealedDataKey row, string key)
    {
        try
        {
            return row with { DataKey = envelope.Rewrap(row.Owner, key, row.DataKey) };
        }
        catch (CryptographicException)
        {
            LogBroken(row.Owner, key);
            return null;
        }
    }

    private void Remind()
    {
        var now = time.GetUtcNow();
        if (now - remindedAt < RemindEvery || options.Value.DueAt is not { } due || now < due)
        {
            return;
        }

        remindedAt = now;
        LogDue(envelope.CurrentKey, due);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Key rotation due: the vault's key '{Key}' was to be replaced by {Due}")]
    private partial void LogDue(string key, DateTimeOffset due);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Rows} data keys of {Table} that '{Old}' had sealed are sealed with '{New}', on shard {Shard}")]
    private partial void LogRotated(int rows, string table, string old, string @new, int shard);

    [LoggerMessage(Level = LogLevel.Error, Message = "The data key of {Owner} can't be opened with '{Key}', which is said to have sealed it: it was tampered with, or that is another key of the same name")]
    private partial void LogBroken(Id owner, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The rotation on shard {Shard} was cut off and goes on later")]
    private partial void LogFailed(Exception failure, int shard);
}
