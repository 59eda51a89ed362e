using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Common.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Demo;
using Spectre.Console;

namespace PayFlow.Benchmarks;

/// <summary>
/// Creating payments through the gateway, waiting for the decision and not, beside what the machine can do at all. A payment is done when the ledger holds its money. With
/// <c>Auth__Executor__Workers=0</c> in the environment of <c>eng/payflow up</c> nothing that is accepted is begun: then <c>--only intake</c> measures the intake alone.
/// </summary>
internal static partial class CreatePayments
{
    private const int KestrelPort = 18_081;
    private const int YarpPort = 18_082;
    private const int Cards = 10_000;

    public static async Task<int> RunAsync(Settings settings)
    {
        var apiKey = await UnlimitedMerchantAsync(settings);
        using var client = new GatewayClient(settings.Addresses.Gateway, apiKey, TimeSpan.FromSeconds(10));
        // Many cards: one card again and again is what the velocity rules are there to stop.
        var tokens = new string[Cards];
        await Parallel.ForAsync(0, Cards, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, ct) => tokens[i] = await client.TokenizeAsync(TestCard.Fresh(), ct));
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = settings.Clients, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) });
        var kestrelAddress = new Uri($"http://127.0.0.1:{KestrelPort}");
        var yarpAddress = new Uri($"http://127.0.0.1:{YarpPort}");
        using var kestrel = await Baselines.StartAsync(kestrelAddress, "serve-kestrel", $"{KestrelPort}");
        using var yarp = await Baselines.StartAsync(yarpAddress, "serve-yarp", $"{YarpPort}", kestrelAddress.ToString());

        using var ledger = GrpcChannel.ForAddress(settings.Addresses.Ledger);
        var gateway = settings.Addresses.Gateway;
        var creates = new Creates(http, gateway, apiKey, tokens, new Ledger.LedgerClient(ledger));
        List<Measurement> measured =
        [
            await Measurement.TakeAsync("plain Kestrel", settings, client => creates.SendAsync(client, kestrelAddress, respondAsync: false)),
            await Measurement.TakeAsync("YARP to plain Kestrel", settings, client => creates.SendAsync(client, yarpAddress, respondAsync: false)),
            .. await Baselines.PgbenchAsync(settings),
        ];
        if (!settings.OnlyIntake)
            measured.Add(await Measurement.TakeAsync("create, decision awaited (201)", settings, client => creates.SendAsync(client, gateway, respondAsync: false), creates.SettleAsync));
        measured.Add(await Measurement.TakeAsync(
            "create, respond-async (202)", settings, client => creates.SendAsync(client, gateway, respondAsync: true), settings.OnlyIntake ? null : creates.SettleAsync));
        Write(settings, measured);
        return measured.Exists(measurement => measurement.Failures > 0) ? 1 : 0;
    }

    /// <summary>A merchant of its own, whom the gateway lets ask as fast as it can.</summary>
    private static async Task<string> UnlimitedMerchantAsync(Settings settings)
    {
        using var channel = GrpcChannel.ForAddress(settings.Addresses.Auth);
        var merchant = await new Merchants.MerchantsClient(channel).CreateMerchantAsync(new CreateMerchantRequest { Name = "Benchmark", Mode = Mode.Test, RateLimit = 1_000_000 });
        return merchant.ApiKey;
    }

    private static void Write(Settings settings, List<Measurement> measured)
    {
        var table = new Table().Title($"{settings.Clients} clients, {settings.Duration.TotalSeconds:0} s each, load generator on the same {Environment.ProcessorCount} cores")
            .AddColumns("", "per second", "sustained", "p50 ms", "p95 ms", "p99 ms", "÷ Kestrel", "÷ YARP", "÷ pgbench -N", "failed");
        foreach (var row in measured)
        {
            table.AddRow(
                row.Name, $"{row.PerSecond:N0}", row.Sustained is { } sustained ? $"{sustained:N0}" : "–", $"{row.P50:0.0}", Optional(row.P95), Optional(row.P99), $"{row.PerSecond / measured[0].PerSecond:0.000}",
                $"{row.PerSecond / measured[1].PerSecond:0.000}", $"{row.PerSecond / measured[2].PerSecond:0.000}", $"{row.Failures}");
        }

        AnsiConsole.Write(table);
        foreach (var row in measured.Where(row => row.Name.StartsWith("create", StringComparison.Ordinal) && row.Processor.Count > 1))
        {
            var parts = row.Processor.Select(part => $"{part.Part} {part.Used.TotalMicroseconds:N0}");
            AnsiConsole.WriteLine($"{row.Name}: CPU µs each: {string.Join(", ", parts)}; together {row.Processor.Sum(part => part.Used.TotalMicroseconds):N0} of {1e6 * Environment.ProcessorCount / (row.Sustained ?? row.PerSecond):N0} that there were.");
        }

        AnsiConsole.WriteLine("Sustained: counted until the ledger holds the money of the last one. pgbench's p50 is its average. Ratios are of the same run; absolute numbers are this machine's, today.");
    }

    private static string Optional(double milliseconds) => milliseconds > 0 ? $"{milliseconds:0.0}" : "–";

    private sealed partial class Creates(HttpClient http, Uri gateway, string apiKey, string[] tokens, Ledger.LedgerClient ledger)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

        private readonly string _run = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
        private readonly byte[][] _bodies =
            [.. tokens.Select(token => Encoding.UTF8.GetBytes($$$"""{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card","token":"{{{token}}}"}}"""))];

        // The last payment of each client.
        private readonly ConcurrentDictionary<int, string> _last = [];

        private long _count;

        public async Task<bool> SendAsync(int client, Uri server, bool respondAsync)
        {
            var number = Interlocked.Increment(ref _count);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "/v1/payments"));
            request.Content = new ByteArrayContent(_bodies[number % _bodies.Length]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
            request.Headers.Add("Idempotency-Key", $"bench-{_run}-{number}");
            if (respondAsync)
                request.Headers.Add("Prefer", "respond-async");
            using var answer = await http.SendAsync(request);
            if (PaymentId().Match(await answer.Content.ReadAsStringAsync()) is { Success: true } payment)
                _last[client] = payment.Groups[1].Value;
            return answer.StatusCode == (respondAsync ? HttpStatusCode.Accepted : HttpStatusCode.Created);
        }

        /// <summary>
        /// Waits until every client's last payment is declined (the velocity rules decline some) or its money held in the ledger. Those before have gone the same way in
        /// the same order, but for a few.
        /// </summary>
        public async Task SettleAsync()
        {
            using var patience = new CancellationTokenSource(Patience);
            foreach (var payment in _last.Values)
            {
                while (!await IsHeldAsync(payment, patience.Token) && !await IsDeclinedAsync(payment, patience.Token))
                    await Task.Delay(20, patience.Token);
            }

            _last.Clear();
        }

        private async Task<bool> IsHeldAsync(string payment, CancellationToken ct)
        {
            using var transfers = ledger.ListTransfers(new ListTransfersRequest { PaymentId = payment }, cancellationToken: ct);
            return await transfers.ResponseStream.MoveNext(ct);
        }

        private async Task<bool> IsDeclinedAsync(string payment, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, $"/v1/payments/{payment}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
            using var answer = await http.SendAsync(request, ct);
            return (await answer.Content.ReadAsStringAsync(ct)).Contains("\"status\":\"declined\"", StringComparison.Ordinal);
        }

        [GeneratedRegex(@"""id"":""(pay_\w+)""")]
        private static partial Regex PaymentId();
    }
}
