using System.Collections.Concurrent;
using Grpc.Core;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>What is known about a key.</summary>
/// <param name="Owner">Null when nobody has this key.</param>
/// <param name="IsAuthAway">Auth couldn't be asked, so nothing is known.</param>
internal sealed record KeyAnswer<T>(T? Owner, bool IsAuthAway = false) where T : class;

/// <summary>
/// Whose keys are whose, as Auth says, remembered for a while. However many requests come with a key, Auth is asked about it once at a time; when Auth is
/// away, keys that were known go on.
/// </summary>
internal abstract partial class KeyDirectory<T>(ApiKeyOptions options, TimeProvider time, ILogger logger) where T : class
{
    private static readonly KeyAnswer<T> Away = new(Owner: null, IsAuthAway: true);
    private static readonly KeyAnswer<T> Unknown = new(Owner: null);

    private readonly ConcurrentDictionary<ApiKeyHash, Lazy<Task<KeyAnswer<T>>>> _asking = new();

    // Apart, so that made-up keys never push a merchant's key out.
    private readonly GenerationCache<ApiKeyHash, Remembered> _known = new(options.Remembered);
    private readonly GenerationCache<ApiKeyHash, Remembered> _unknown = new(options.Remembered);
    private int _underWay;

    public async ValueTask<KeyAnswer<T>> FindAsync(ApiKeyHash key, CancellationToken cancellationToken)
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

    /// <summary>Something about the key changed: whoever comes with it next waits for what Auth says.</summary>
    public void Forget(ApiKeyHash key)
    {
        foreach (var cache in new[] { _known, _unknown }.Where(cache => cache.TryGet(key, out _)))
        {
            cache.Set(key, Remembered.Nothing);
        }
    }

    /// <summary>More changed than anybody can tell.</summary>
    public void ForgetAll()
    {
        _known.Clear();
        _unknown.Clear();
    }

    /// <summary>Asks Auth whose key it is, and until when.</summary>
    protected abstract Task<(T Owner, DateTimeOffset? ExpiresAt)> AskAsync(byte[] hash);

    private Remembered? Recall(ApiKeyHash key, DateTimeOffset now) =>
        _known.TryGet(key, out var known) && now < known.Until ? known
        : _unknown.TryGet(key, out var unknown) && now < unknown.Until ? unknown
        : null;

    private Task<KeyAnswer<T>> AskOnce(ApiKeyHash key) =>
        _asking.GetOrAdd(key, static (key, self) => new Lazy<Task<KeyAnswer<T>>>(() => self.AskOnceAsync(key)), this).Value;

    private async Task<KeyAnswer<T>> AskOnceAsync(ApiKeyHash key)
    {
        await Task.Yield();   // so that the task is in the dictionary before it can take itself out
        var underWay = Interlocked.Increment(ref _underWay);
        try
        {
            // A lookup that ended between the caller's glance and now has answered already.
            var now = time.GetUtcNow();
            return Recall(key, now) is { } remembered && now < remembered.RefreshAt ? remembered.Answer
                : underWay <= options.AskedAtOnce ? await AskAuthAsync(key)
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

    private async Task<KeyAnswer<T>> AskAuthAsync(ApiKeyHash key)
    {
        try
        {
            var (owner, expiresAt) = await AskAsync(key.ToBytes());
            var known = new KeyAnswer<T>(owner);
            var now = time.GetUtcNow();
            var end = expiresAt ?? DateTimeOffset.MaxValue;   // to the moment: nobody has to be asked for it
            var until = Earlier(now + options.KnownFor, end);
            _known.Set(key, new Remembered(known, until - options.RefreshBefore, until, Earlier(until + options.KnownWhileAuthIsAway, end)));
            return now < end ? known : Unknown;   // it may have ended while it was asked about
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unauthenticated)
        {
            var until = time.GetUtcNow() + options.UnknownFor;
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

    private KeyAnswer<T> GoOnWithout(ApiKeyHash key)
    {
        var now = time.GetUtcNow();
        if (!_known.TryGet(key, out var stale) || now >= stale.LastResort)
        {
            return Away;
        }

        _known.Set(key, stale with { RefreshAt = now + options.AskAgainAfter, Until = stale.LastResort });
        return stale.Answer;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    /// <param name="Answer">What Auth said.</param>
    /// <param name="RefreshAt">From then on Auth is asked again while requests go on.</param>
    /// <param name="Until">From then on requests wait for Auth.</param>
    /// <param name="LastResort">Until then the answer stands in when Auth is away.</param>
    private sealed record Remembered(KeyAnswer<T> Answer, DateTimeOffset RefreshAt, DateTimeOffset Until, DateTimeOffset LastResort)
    {
        public static Remembered Nothing { get; } = new(Unknown, DateTimeOffset.MinValue, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Auth can't be asked about an API key ({Status}); keys that were known go on")]
    private static partial void LogAway(ILogger logger, StatusCode status);

    [LoggerMessage(Level = LogLevel.Error, Message = "Asking Auth about an API key failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
