using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PayFlow.Auth.Execution;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Storage;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>Nobody carries out what is accepted for later: there is no broker, and the sweep comes much later. Then somebody does.</summary>
[Collection(OneWorld.Name)]
public sealed class BacklogTests(World world) : IAsyncLifetime, IDisposable
{
    private const string Begins = "accepts nothing more for later";
    private const string Ends = "accepts requests for later again";

    private readonly LogLines log = new();
    private string database = "";

    public async Task InitializeAsync() => database = await world.Postgres.CreateDatabaseAsync("payments");

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task Create_RespondAsyncOverALongBacklog_IsRefusedUntilItIsShorter()
    {
        await using var host = await StartAsync(works: false, ("Auth:Backlog:MaxLength", "5"));
        using var merchant = await host.NewMerchantAsync();
        using var meters = new Gauges(host.Get<IMeterFactory>());
        var accepted = new List<(string Key, string Body, Answer Answer)>();
        (string Key, Answer Answer)? refused = null;
        while (refused is null)
        {
            var (key, body) = (MerchantClient.NewKey(), MerchantClient.Create(await merchant.TokenAsync()));
            var answer = await merchant.PostAsync("/v1/payments", body, key, "respond-async");
            if (answer.Status == HttpStatusCode.Accepted)
            {
                accepted.Add((key, body, answer));
                Assert.True(accepted.Count < 100, "Nothing was ever refused.");
            }
            else
            {
                refused = (key, answer);
            }
        }

        Assert.True(accepted.Count > 5, $"{accepted.Count} were accepted before one was refused.");
        AssertRefused(refused.Value.Answer);
        Assert.Equal(HttpStatusCode.NotFound, (await merchant.GetAsync($"/v1/idempotency/{refused.Value.Key}")).Status);   // nothing was written

        // What is accepted stays accepted, and who waits for the answer gets it.
        Assert.Equal(accepted[0].Answer["id"], (await merchant.PostAsync("/v1/payments", accepted[0].Body, accepted[0].Key, "respond-async"))["id"]);
        Assert.Equal("authorized", (await merchant.PayAsync())["status"]);
        await UntilAsync(() => meters.Read("payflow.backlog.length") == accepted.Count);
        Assert.True(meters.Read("payflow.backlog.oldest_age") > 0);
        Assert.Equal((1, 0), (log.Count(Begins), log.Count(Ends)));

        await using var worker = await StartAsync(works: true);
        var again = await UntilAcceptedAsync(merchant);
        foreach (var payment in accepted.Select(each => each.Answer["id"]!).Append(again))
        {
            await merchant.UntilAsync(payment, answer => answer["status"] == "authorized", seconds: 40);
        }

        Assert.Equal((1, 1), (log.Count(Begins), log.Count(Ends)));
        await UntilAsync(() => meters.Read("payflow.backlog.length") == 0 && meters.Read("payflow.backlog.oldest_age") == 0);
    }

    [Fact]
    public async Task Create_RespondAsyncBehindAnOldRequest_IsRefusedUntilItIsBegun()
    {
        await using var host = await StartAsync(works: false, ("Auth:Backlog:MaxAge", "00:00:01"));
        using var merchant = await host.NewMerchantAsync();
        var first = await AcceptAsync(merchant);
        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        Answer refused;
        do
        {
            refused = await AcceptAsync(merchant);
        }
        while (refused.Status == HttpStatusCode.Accepted);
        AssertRefused(refused);

        await using var worker = await StartAsync(works: true);
        await UntilAcceptedAsync(merchant);
        await merchant.UntilAsync(first["id"]!, answer => answer["status"] == "authorized", seconds: 40);
    }

    [Fact]
    public async Task Measure_PaymentThatWaitsForItsAcquirer_IsUnfinishedAndBegun()
    {
        await using var host = await StartAsync(works: true);
        using var merchant = await host.NewMerchantAsync();
        await using var chaos = await world.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["timeout_rate"] = 1.0 });
        var accepted = await AcceptAsync(merchant);
        await merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "processing");
        var shard = host.Get<Shards>().For(merchant.Merchant.Slot);
        var sample = await BacklogSql.MeasureAsync(shard.Source, TimeProvider.System.GetUtcNow(), TimeSpan.FromSeconds(10), 10, CancellationToken.None);
        Assert.Equal((1L, TimeSpan.Zero), (sample.Length, sample.OldestAge));
    }

    private static void AssertRefused(Answer answer)
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "backlog_full", true), (answer.Status, answer["code"], (bool)answer.Body["retryable"]!));
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 60);
    }

    private static async Task<Answer> AcceptAsync(MerchantClient merchant) =>
        await merchant.PostAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync()), MerchantClient.NewKey(), "respond-async");

    private static async Task<string> UntilAcceptedAsync(MerchantClient merchant)
    {
        var accepted = "";
        await UntilAsync(async () => (await AcceptAsync(merchant)) is { Status: HttpStatusCode.Accepted } answer && (accepted = answer["id"]!).Length > 0);
        return accepted;
    }

    private Task<AuthHost> StartAsync(bool works, params (string Key, string Value)[] more) => AuthHost.StartAsync(
        world,
        settings =>
        {
            settings["ConnectionStrings:payments"] = database;
            settings["ConnectionStrings:kafka"] = $"127.0.0.1:{FreePort.Next()}";
            settings["Auth:Idempotency:IngestTimeout"] = "00:00:00.05";
            settings["Auth:Sweep:IntakeAge"] = works ? "00:00:00.1" : "00:10:00";
            settings["Auth:Backlog:SampleEvery"] = "00:00:00.1";
            foreach (var (key, value) in more)
            {
                settings[key] = value;
            }
        },
        logging => logging.AddProvider(log));

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "What was waited for did not happen.");
            await Task.Delay(50);
        }
    }

    /// <summary>The gauges of one host's backlog.</summary>
    private sealed class Gauges : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, double> values = [];

        public Gauges(IMeterFactory host)
        {
            listener.InstrumentPublished = (instrument, me) =>
            {
                if (instrument.Meter.Scope == host && instrument.Name.StartsWith("payflow.backlog.", StringComparison.Ordinal))
                {
                    me.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values[instrument.Name] = value);
            listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => values[instrument.Name] = value);
            listener.Start();
        }

        public double Read(string name)
        {
            values.Clear();
            listener.RecordObservableInstruments();
            return values.GetValueOrDefault(name, -1);
        }

        public void Dispose() => listener.Dispose();
    }
}
