using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;
using StackExchange.Redis;

namespace PayFlow.Fraud.Velocity;

/// <summary>
/// Counts payments per card or bank account, and per merchant and network address, in sliding windows in Redis. A payment counts once, however often it is asked about.
/// One round trip; a payment is never kept waiting for a Redis that is away.
/// </summary>
public sealed partial class VelocityWindows(IConnectionMultiplexer redis, IOptions<FraudOptions> options, TimeProvider time, ILogger<VelocityWindows> logger)
{
    private const string NoScript = "NOSCRIPT";

    private static readonly RedisValue[] Lengths =
        [.. new[] { TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1) }.Select(window => (RedisValue)(long)window.TotalMilliseconds)];

    private static readonly string Script = ReadScript();

    /// <summary>Counts a payment and reads what was counted with it; null when Redis can't be read.</summary>
    public async Task<Activity?> CountAsync(RiskRequest request, CancellationToken cancel)
    {
        // Without this a client that queues commands while it reconnects would let every payment wait out the patience.
        if (!redis.IsConnected)
        {
            LogAway(request.PaymentId, "not connected");
            return null;
        }

        try
        {
            return await ReadAsync(request).WaitAsync(options.Value.VelocityPatience, time, cancel);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            LogAway(request.PaymentId, failure.Message);
            return null;
        }
    }

    /// <summary>Names what is counted. The part in braces keeps both keys of a card on one node of a cluster.</summary>
    public static RedisKey CardKey(Mode mode, string fingerprint) => $"fraud:{{{Name(mode)}:card:{fingerprint}}}";

    /// <summary>The address itself is personal data, and only equality is asked of it: its hash does.</summary>
    public static RedisKey AddressKey(Mode mode, Id merchant, string ipAddress) =>
        $"fraud:{{{Name(mode)}:ip:{merchant}:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(ipAddress)), 0, 16)}}}";

    private async Task<Activity> ReadAsync(RiskRequest request)
    {
        // Both are sent before either is awaited: one round trip.
        var card = request.Fingerprint is { } fingerprint ? CountAsync(request, CardKey(request.Mode, fingerprint), options.Value.PaymentsPerCard, withAmounts: true) : null;
        var address = request.IpAddress is { } ip ? CountAsync(request, AddressKey(request.Mode, request.MerchantId, ip), options.Value.PaymentsPerAddress, withAmounts: false) : null;
        return new Activity(
            card is null ? null : await card is var counted ? new CardActivity(WindowsAt(counted, 0), WindowsAt(counted, 3)) : null,
            address is null ? null : WindowsAt(await address, 0));
    }

    private async Task<long[]> CountAsync(RiskRequest request, RedisKey key, int most, bool withAmounts)
    {
        RedisKey[] keys = withAmounts ? [key, key.ToString() + ":amounts"] : [key];
        RedisValue[] values =
        [
            time.GetUtcNow().ToUnixTimeMilliseconds(), request.PaymentId.ToString(), request.Amount.Currency.Code, request.Amount.MinorUnits, most, .. Lengths,
        ];
        var database = redis.GetDatabase();
        try
        {
            return (long[])await database.ScriptEvaluateAsync(Script, keys, values)!;
        }
        catch (RedisServerException failure) when (failure.Message.StartsWith(NoScript, StringComparison.Ordinal))
        {
            // A Redis that restarted has forgotten the script; the client has noticed now and sends it again.
            return (long[])await database.ScriptEvaluateAsync(Script, keys, values)!;
        }
    }

    private static string Name(Mode mode) => mode == Mode.Live ? "live" : "test";

    private static WindowCounts WindowsAt(long[] counts, int start) => new(counts[start], counts[start + 1], counts[start + 2]);

    private static string ReadScript()
    {
        using var stream = typeof(VelocityWindows).Assembly.GetManifestResourceStream($"{typeof(VelocityWindows).Namespace}.count.lua")
            ?? throw new InvalidOperationException("count.lua isn't embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Velocity of {PaymentId} can't be read: {Reason}")]
    private partial void LogAway(Id paymentId, string reason);
}
