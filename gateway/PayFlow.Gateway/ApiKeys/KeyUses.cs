using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Auth.V1;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>Remembers which keys were used and tells Auth once in a while: no request waits for it, and none costs Auth anything.</summary>
internal sealed partial class KeyUses(Merchants.MerchantsClient auth, IOptions<ApiKeyOptions> options, TimeProvider time, ILogger<KeyUses> logger) : BackgroundService
{
    // Finer than anybody asks: a key that is in use is written down once per this time and not per request.
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(1);

    private ConcurrentDictionary<string, DateTimeOffset> _used = new();

    public void Note(string key)
    {
        var now = time.GetUtcNow();
        if (!_used.TryGetValue(key, out var last) || now - last >= Grain)
        {
            _used[key] = now;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.UsesEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TellAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await TellAsync(CancellationToken.None);   // the last ones
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        var used = Interlocked.Exchange(ref _used, new());
        if (used.IsEmpty)
        {
            return;
        }

        var request = new NoteKeyUsesRequest { Uses = { used.Select(use => new KeyUse { KeyId = use.Key, UsedAt = use.Value.ToTimestamp() }) } };
        try
        {
            await auth.NoteKeyUsesAsync(request, cancellationToken: cancellationToken);
        }
        catch (Exception failure)
        {
            // It is no trail: what was not told now is told at the next use.
            LogNotTold(logger, used.Count, failure.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The last use of {Keys} keys could not be told to Auth: {Reason}")]
    private static partial void LogNotTold(ILogger logger, int keys, string reason);
}
