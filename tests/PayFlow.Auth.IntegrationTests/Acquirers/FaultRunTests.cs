using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Storage;
using PayFlow.Testing;
using Xunit.Abstractions;
using Wire = PayFlow.Contracts.Auth.V1;

namespace PayFlow.Auth.IntegrationTests.Acquirers;

/// <summary>
/// Merchants pay while all acquirers misbehave in turn (503 before and after, silence before and after, lost replies, slow answers, the ids of other payments, no issuer reachable, closed
/// doors) and one is gone for good. Some clients send every request twice. Afterwards every payment is at its end, and what is authorized and captured there and here is the same, one to
/// one, also by the orphan sweep's own comparison. <c>PAYFLOW_FAULT_PAYMENTS</c> says how many payments (10000 for a long run),
/// <c>TEST_SEED</c> repeats one: the same plan, the same weather and the same draws; who is struck by which differs with the threads.
/// </summary>
[Collection(OneWorld.Name)]
public sealed class FaultRunTests(World world, ITestOutputHelper output) : HostedTests(world), IDisposable
{
    private const int MaxAtOnce = 40;

    private static readonly string[] Names = ["northbank", "harbor", "meridian"];

    /// <summary>Each currency begins at another acquirer; the dollars of Canada at one that is gone.</summary>
    private static readonly (string Currency, string[] Order)[] Orders =
    [
        ("USD", ["northbank", "harbor", "meridian"]), ("EUR", ["harbor", "meridian", "northbank"]), ("GBP", ["meridian", "northbank", "harbor"]), ("CAD", ["gone", "meridian", "harbor"]),
    ];

    private static readonly (string Switch, double Rate)[] Faults =
    [
        ("error_rate", 0.4), ("error_after_rate", 0.4), ("timeout_rate", 0.3), ("timeout_after_rate", 0.3), ("lost_reply_rate", 0.5), ("duplicate_id_rate", 0.5),
    ];

    /// <summary>Milliseconds: some are answered just in time, and some when nobody waits any more.</summary>
    private static readonly int[] Latencies = [0, 0, 0, 30, 150, 380, 450];

    private readonly int nobodyListens = FreePort.Next();
    private readonly LogLines log = new();
    private readonly ConcurrentDictionary<string, string> paymentOfKey = [];

    protected override Action<ILoggingBuilder> Logging => logging => logging.SetMinimumLevel(LogLevel.Error).AddProvider(log);

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        foreach (var (currency, order) in Orders)
        {
            for (var i = 0; i < order.Length; i++)
            {
                settings[$"Auth:Routing:Currencies:{currency}:{i}"] = order[i];
            }
        }

        settings["Auth:Routing:Acquirers:gone:Address"] = World.Local(nobodyListens).AbsoluteUri;
        settings["Auth:Executor:ClientWait"] = "00:00:02";
        settings["Auth:Executor:ResolveFor"] = "00:00:08";
        settings["Acquirers:Resilience:AttemptTimeout"] = "00:00:00.4";
        settings["Acquirers:Resilience:BreakAfter"] = "10";
        settings["Acquirers:Resilience:Break"] = "00:00:01";
        settings["Acquirers:Resilience:BreakAfterFailedTrial"] = "00:00:02";
        settings["Acquirers:Resilience:RampUp"] = "00:00:02";
        settings["Auth:Orphans:MinAge"] = "00:00:00";
        settings["Auth:Orphans:Check"] = "01:00:00";
    };

    [Fact]
    public async Task Storm_OverEveryAcquirer_EndsEveryPaymentOnceHereAndThere()
    {
        var count = Number("PAYFLOW_FAULT_PAYMENTS", 160);
        var seed = Seeds.Number(output);
        output.WriteLine($"PAYFLOW_FAULT_PAYMENTS={count}");
        var plan = Plan(count, new Random(seed));
        await CaptureOneAtEachAsync();
        using var calm = new CancellationTokenSource();
        var weather = WeatherAsync(new Random(seed + 1), seed, calm.Token);
        var clients = Math.Clamp(count / 12, 12, MaxAtOnce);
        var started = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => PayAsync(plan.Where((_, index) => index % clients == client))));
        output.WriteLine($"{clients} clients paid for {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s");
        await calm.CancelAsync();
        await weather;

        var payments = await PaymentsAsync();
        await UntilAsync(
            async () =>
            {
                await Task.Delay(count / 10);   // reading them all is work, too
                return (payments = await PaymentsAsync()).All(IsAtItsEnd);
            },
            seconds: 60 + (count / 50));
        output.WriteLine($"All were at their ends after {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s");
        Assert.Equal(count, payments.Count);   // one for each key, none lost and none twice
        Assert.Equal(payments.Select(payment => payment.PaymentId).Order(), paymentOfKey.Values.Order());
        var books = (await World.Acquirers.BooksAsync()).Where(entry => (string?)entry["merchant"] == Merchant.Merchant.ToString()).ToList();
        var differences = Differences(payments, books).ToList();
        Assert.True(differences.Count == 0, string.Join('\n', differences));
        await AssertNoOrphansAsync(books.Count(Stands) + Names.Length);
        var happened = await HappenedAsync();
        Tell(payments, happened);

        // The storm did strike, and the comparison can fail.
        var isShort = count < 1_000;   // its few fronts may keep an acquirer from the issuers all the time, or bring nobody's id
        Assert.All(["not_processed", "declined", "approved"], state => Assert.Contains(payments.SelectMany(payment => payment.Attempts), attempt => attempt.State == state));
        Assert.All(["attempt.unknown", "attempt.not_processed", "payment.captured"], type => Assert.True(happened.GetValueOrDefault(type) > 0, $"{type} never happened."));
        Assert.True(log.Count("it is not taken for an answer") > 0 || isShort, "No acquirer ever said another payment's id.");
        Assert.All(Names, acquirer => Assert.True(payments.Any(payment => payment.Acquirer == acquirer && payment.Authorized > 0) || isShort, $"{acquirer} never authorized."));
        var held = books.First(entry => Stands(entry) && (long)entry["captured"]! == 0);
        held["amount"] = (long)held["amount"]! + 1;
        Assert.Single(Differences(payments, books));
        held["reference"] = "att_of_nobody";
        Assert.Equal(2, Differences(payments, books).Count());   // held there and unknown here; held here and unknown there
    }

    public void Dispose() => log.Dispose();

    private static List<Planned> Plan(int count, Random random) =>
    [
        .. Enumerable.Range(0, count).Select(number => new Planned(
            string.Create(CultureInfo.InvariantCulture, $"fault-{number}"),
            1_000 + random.Next(9_000),
            Orders[random.Next(Orders.Length)].Currency,
            random.Next(3) == 0,
            random.Next(10) == 0,
            random.Next(8) == 0)),
    ];

    // Another merchant's. The ids that approvals go by in error are then of payments in this database. What becomes of another system's: DuplicateIdTests.
    private async Task CaptureOneAtEachAsync()
    {
        using var another = await Host.NewMerchantAsync();
        foreach (var (currency, order) in Orders.Where(order => Names.Contains(order.Order[0])))
        {
            var paid = await another.PostAsync("/v1/payments", MerchantClient.Create(await another.TokenAsync(), capture: true, currency: currency), MerchantClient.NewKey());
            Assert.Equal(order[0], (await another.UntilAsync(paid["id"]!, answer => answer["status"] == "captured"))["acquirer"]);
        }
    }

    private async Task PayAsync(IEnumerable<Planned> plan)
    {
        foreach (var payment in plan)
        {
            var body = MerchantClient.Create(await Merchant.TokenAsync(payment.IsPoor ? "4000000000009995" : null), payment.Amount, payment.Captures, payment.Currency);
            var answers = await Task.WhenAll(Enumerable.Range(0, payment.IsImpatient ? 2 : 1).Select(_ => PayAsync(payment.Key, body)));
            paymentOfKey[payment.Key] = Assert.Single(answers.Select(answer => answer["id"]!).Distinct());
        }
    }

    private async Task<Answer> PayAsync(string key, string body)
    {
        var answer = await Merchant.PostAsync("/v1/payments", body, key);
        while (answer.Status == HttpStatusCode.ServiceUnavailable || answer["code"] == "idempotency_key_in_use")
        {
            await Task.Delay(100);   // nobody takes calls at the moment, or nothing is written yet: the answer says to send it again
            answer = await Merchant.PostAsync("/v1/payments", body, key);
        }

        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, answer.ToString());
        return answer;
    }

    /// <summary>A front comes over one acquirer after the other, and goes.</summary>
    private async Task WeatherAsync(Random random, int seed, CancellationToken calm)
    {
        while (!calm.IsCancellationRequested)
        {
            var acquirer = Names[random.Next(Names.Length)];
            var change = new JsonObject { ["seed"] = seed, ["latency_ms"] = Latencies[random.Next(Latencies.Length)], ["network_away"] = random.Next(4) == 0, ["refuse"] = random.Next(6) == 0 };
            var strikes = random.Next(Faults.Length + 2);   // some fronts bring nothing
            foreach (var (index, (name, rate)) in Faults.Index())
            {
                change[name] = index == strikes ? rate : 0.0;
            }

            await World.Acquirers.ChangeAsync(acquirer, change);
            await Task.Delay(TimeSpan.FromMilliseconds(100 + random.Next(400)), calm).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await World.Acquirers.CalmAsync();
    }

    private static IEnumerable<string> Differences(IReadOnlyList<Wire.Payment> payments, IReadOnlyList<JsonObject> books)
    {
        var standing = books.Where(Stands).ToLookup(entry => (string)entry["reference"]!);
        var known = payments.SelectMany(payment => payment.Attempts).Select(attempt => attempt.Reference).ToHashSet();
        foreach (var stranger in standing.Where(entries => !known.Contains(entries.Key)))
        {
            yield return $"{stranger.Key} is held, and no payment knows it";
        }

        foreach (var payment in payments)
        {
            var there = payment.Attempts.SelectMany(attempt => standing[attempt.Reference]).Select(entry =>
                ((string?)entry["acquirer"], (string?)entry["external_id"], (long)entry["amount"]!, (string?)entry["currency"], (long)entry["captured"]!)).ToList();
            List<(string?, string?, long, string?, long)> here = payment.Authorized == 0 ? [] : [(payment.Acquirer, payment.ExternalId, payment.Authorized, payment.Currency, payment.Captured)];
            if (!there.SequenceEqual(here))
            {
                yield return $"{payment.PaymentId}: there {string.Join(' ', there)}; here {string.Join(' ', here)}; {payment}";
            }
        }
    }

    private static bool Stands(JsonObject entry) => (string?)entry["state"] is "approved" or "partially_captured" or "captured";

    private static bool IsAtItsEnd(Wire.Payment payment) =>
        payment.Status is "authorized" or "captured" or "declined" or "failed"
        && payment.Operations.All(operation => operation.State != "pending") && payment.Attempts.All(attempt => attempt.State is not ("started" or "unknown"));

    private async Task<IReadOnlyList<Wire.Payment>> PaymentsAsync()
    {
        using var call = new Wire.Payments.PaymentsClient(Host.Channel).StreamPayments(new Wire.StreamPaymentsRequest { MerchantId = Merchant.Merchant.ToString() });
        var all = new List<Wire.Payment>();
        await foreach (var payment in call.ResponseStream.ReadAllAsync())
        {
            all.Add(payment);
        }

        return all;
    }

    // The acquirers' journals, read as the sweep reads them: everything that stands there is known here.
    private async Task AssertNoOrphansAsync(int standing)
    {
        await Task.Delay(1_100);   // it compares whole seconds
        IReadOnlyList<OrphanReport> reports = [];
        await UntilAsync(async () => (reports = (await Host.Get<OrphanSweep>().SweepAsync(onlyDue: false, CancellationToken.None))!)
            .Where(report => Names.Contains(report.Acquirer)).All(report => report.Failure is null));   // a breaker may still be open
        Assert.All(reports, report => Assert.Empty(report.Orphans));
        Assert.Equal(standing, reports.Sum(report => report.Compared));
    }

    /// <summary>How often each thing is in the histories.</summary>
    private async Task<IReadOnlyDictionary<string, long>> HappenedAsync()
    {
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using var command = Host.Get<Shards>().All[0].Source.CreateCommand("SELECT type, count(*) FROM history GROUP BY type");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counts[reader.GetString(0)] = reader.GetInt64(1);
        }

        return counts;
    }

    private void Tell(IReadOnlyList<Wire.Payment> payments, IReadOnlyDictionary<string, long> happened)
    {
        output.WriteLine(string.Join(", ", happened.Select(type => $"{type.Key}: {type.Value}")));
        output.WriteLine($"approvals under another payment's id: {log.Count("it is not taken for an answer")}");
        output.WriteLine(string.Join(", ", payments.GroupBy(payment => payment.Status).OrderBy(group => group.Key).Select(group => $"{group.Key}: {group.Count()}")));
        output.WriteLine(string.Join(", ", payments.SelectMany(payment => payment.Attempts).GroupBy(attempt => $"{attempt.Acquirer} {attempt.State}").OrderBy(group => group.Key).Select(group => $"{group.Key}: {group.Count()}")));
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private sealed record Planned(string Key, long Amount, string Currency, bool Captures, bool IsPoor, bool IsImpatient);
}
