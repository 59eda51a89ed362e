using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Auth.V1;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>
/// Asks Auth which keys changed and forgets what was remembered of them: a revoked or rotated key ends within a second, whatever the directory's times are. One small
/// query per gateway, however many keys there are.
/// </summary>
internal sealed partial class KeyChangesFeed(Merchants.MerchantsClient auth, ApiKeyDirectory keys, IOptions<ApiKeyOptions> options, ILogger<KeyChangesFeed> logger) : BackgroundService
{
    private Timestamp? _since;
    private bool _failed;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ChangesEvery);
        do
        {
            await AskAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // What was missed while Auth was away is listed by the first answer after it: it is asked from the last answer on.
    private async Task AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            var changes = await auth.ListKeyChangesAsync(new ListKeyChangesRequest { Since = _since }, cancellationToken: cancellationToken);
            if (changes.Everything)
            {
                keys.ForgetAll();
            }

            foreach (var hash in changes.KeyHashes)
            {
                keys.Forget(ApiKeyHash.From(hash.Span));
            }

            _since = changes.AsOf;
            if (_failed)
            {
                _failed = false;
                LogBack(logger);
            }
        }
        catch (Exception failure)
        {
            if (!_failed && !cancellationToken.IsCancellationRequested)
            {
                _failed = true;
                LogAway(logger, options.Value.KnownFor.TotalSeconds, failure.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Auth can't say which API keys changed; until it can, a revoked one may go on for {Seconds} s: {Reason}")]
    private static partial void LogAway(ILogger logger, double seconds, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Auth says again which API keys changed")]
    private static partial void LogBack(ILogger logger);
}
