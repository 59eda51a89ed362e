using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Auth.V1;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>What is known about a key.</summary>
/// <param name="Merchant">Null when nobody has this key.</param>
/// <param name="IsAuthAway">Auth couldn't be asked, so nothing is known.</param>
internal sealed record KeyAnswer(Merchant? Merchant, bool IsAuthAway = false);

/// <summary>
/// Whose keys are whose, as Auth says, remembered for a while. However many requests come with a key, Auth is asked about it once at a time; when Auth is
/// away, keys that were known go on.
/// </summary>
internal sealed partial class ApiKeyDirectory(Merchants.MerchantsClient auth, IOptions<ApiKeyOptions> options, TimeProvider time, ILogger<ApiKeyDirectory> logger)
{
    private static readonly KeyAnswer Away = new(Merchant: null, IsAuthAway: true);
    private static readonly KeyAnswer Unknown = new(Merchant: null);

    private readonly ApiKeyOptions _options = options.Value;
    private readonly ConcurrentDictionary<ApiKeyHash, Lazy<Task<KeyAnswer>>> _asking = new();

    // Apart, so that made-up keys never push a merchant's key out.
    private readonly GenerationCache<ApiKeyHash, Remembered> _known = new(options.Value.Remembered);
    private readonly GenerationCache<ApiKeyHash, Remembered> _unknown = new(options.Value.Remembered);
    private int _underWay;

    public async ValueTask<KeyAnswer> FindAsync(ApiKeyHash key, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Recall(key, now) is not { } remembered)
        {
            return await AskOnce(key).WaitAsync(cancellationToken);
        }

        if (now >= remembered.RefreshAt)
        {
            _ = AskOnce(key);   // this request doesn't wait; AskAsync logs and never throws
        }

        return remembered.Answer;
    }

    private Remembered? Recall(ApiKeyHash key, DateTimeOffset now) =>
        _known.TryGet(key, out var known) && now < known.Until ? known
        : _unknown.TryGet(key, out var unknown) && now < unknown.Until ? unknown
        : null;

    private Task<KeyAnswer> AskOnce(ApiKeyHash key) =>
        _asking.GetOrAdd(key, static (key, self) => new Lazy<Task<KeyAnswer>>(() => self.AskAsync(key)), this).Value;

    private async Task<KeyAnswer> AskAsync(ApiKeyHash key)
    {
        await Task.Yield();   // so that the task is in the dictionary before it can take itself out
        var underWay = Interlocked.Increment(ref _underWay);
        try
        {
            // A lookup that ended between the caller's glance and now has answered already.
            var now = time.GetUtcNow();
            return Recall(key, now) is { } remembered && now < remembered.RefreshAt ? remembered.Answer
                : underWay <= _options.AskedAtOnce ? await AskAuthAsync(key)
                : GoOnWithout(key);
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception);
            return GoOnWithout(key);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            _asking.TryRemove(key, out _);
        }
    }

    private async Task<KeyAnswer> AskAuthAsync(ApiKeyHash key)
    {
        try
        {
            var identity = await auth.AuthenticateApiKeyAsync(new AuthenticateApiKeyRequest { KeyHash = ByteString.CopyFrom(key.ToBytes()) });
            var now = time.GetUtcNow();
            var known = new KeyAnswer(Merchant.From(identity));
            _known.Set(key, new Remembered(known, now + _options.KnownFor - _options.RefreshBefore, now + _options.KnownFor, now + _options.KnownFor + _options.KnownWhileAuthIsAway));
            return known;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unauthenticated)
        {
            var until = time.GetUtcNow() + _options.UnknownFor;
            _known.Set(key, Remembered.Nothing);   // revoked: what was remembered is worth nothing
            _unknown.Set(key, new Remembered(Unknown, until, until, until));
            return Unknown;
        }
        catch (RpcException exception)
        {
            LogAway(logger, exception.StatusCode);
            return GoOnWithout(key);
        }
    }

    private KeyAnswer GoOnWithout(ApiKeyHash key)
    {
        var now = time.GetUtcNow();
        if (!_known.TryGet(key, out var stale) || now >= stale.LastResort)
        {
            return Away;
        }

        _known.Set(key, stale with { RefreshAt = now + _options.AskAgainAfter, Until = stale.LastResort });
        return stale.Answer;
    }

    /// <param name="Answer">What Auth said.</param>
    /// <param name="RefreshAt">From then on Auth is asked again while requests go on.</param>
    /// <param name="Until">From then on requests wait for Auth.</param>
    /// <param name="LastResort">Until then the answer stands in when Auth is away.</param>
    private sealed record Remembered(KeyAnswer Answer, DateTimeOffset RefreshAt, DateTimeOffset Until, DateTimeOffset LastResort)
    {
        public static Remembered Nothing { get; } = new(Unknown, DateTimeOffset.MinValue, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Auth can't be asked about an API key ({Status}); keys that were known go on")]
    private static partial void LogAway(ILogger logger, StatusCode status);

    [LoggerMessage(Level = LogLevel.Error, Message = "Asking Auth about an API key failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
