using System.Net;
using Microsoft.Extensions.Configuration;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Events;

[Collection(OneWorld.Name)]
public sealed class StreamEventsTests(World world) : HostedTests(world)
{
    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:Events:Heartbeat"] = "00:00:00.3";
        settings["Auth:Events:MaxPerMerchant"] = "3";
    };

    [Fact]
    public async Task Client_CutOffTwentyTimes_MissesNothingAndHearsNothingTwice()
    {
        const int Cuts = 20;
        const int Events = 1_000;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var database = Host.Get<IConfiguration>()["ConnectionStrings:payments"]!;
        // A second Auth shares the lanes, tells, too, and dies between the broker's confirmation and the numbering.
        await using var doomed = new AuthProcess(World, database, Settings);
        await doomed.StartAsync("outbox.relay.produced@8");
        await doomed.WaitForHealthAsync();
        await UntilAsync(async () => await RelaysAsync(database) == 2);
        using var there = doomed.ClientOf(Merchant.Merchant);
        using var neighbour = await Host.NewMerchantAsync();
        var telling = Task.Run(async () =>
        {
            for (var told = 0; told < Events; told += 10)
            {
                await Telling.TellAsync(Host, Merchant.Merchant, 10);
                await Telling.TellAsync(Host, neighbour.Merchant, 3);
                await Telling.TellAsync(Host, OfLane(told / 10 % 8), 1);   // so that the other's relay has work, whichever lanes it has
                await Task.Delay(20);
            }
        });

        var first = EventOf(await ListAsync(1));
        var heard = new List<string> { first };
        var cuts = 0;
        while (heard.Count < Events)
        {
            using var stream = await OpenAsync(random.Next(2) == 0 && doomed.IsRunning ? there : Merchant, heard[^1]);
            if (stream is null)
            {
                continue;   // it died just now, or is not yet free
            }

            var until = cuts < Cuts ? heard.Count + random.Next(Events / Cuts) : Events;
            while (heard.Count < Math.Min(until, Events) && await NextOrCutAsync(stream) is { } next)
            {
                Assert.Null(next.Name);
                heard.Add(next.Id!);
            }

            cuts++;
        }

        await telling;
        Assert.True(cuts >= Cuts, $"Only {cuts} cuts (seed {seed}).");
        Assert.False(doomed.IsRunning, "The other relay never came to its crash point.");
        Assert.Equal(await ListAsync(Events), heard);
        Assert.Equal(Events, heard.Distinct().Count());
    }

    [Fact]
    public async Task Stream_FromNow_TellsWhatComesAndNothingOfOthers()
    {
        await Telling.TellAsync(Host, Merchant.Merchant, 3);
        await ListAsync(3);
        using var neighbour = await Host.NewMerchantAsync();
        using var stream = await EventStream.OpenAsync(Merchant);
        Assert.Equal("text/event-stream", stream.ContentType);
        using var only = await EventStream.OpenAsync(Merchant, query: "?types=payment.refunded");
        await Telling.TellAsync(Host, neighbour.Merchant, 2);
        await Telling.TellAsync(Host, Merchant.Merchant, 2, mode: Mode.Live);
        await Telling.TellAsync(Host, Merchant.Merchant, 2);
        await Telling.TellAsync(Host, Merchant.Merchant, 1, "payment.refunded");

        var all = await ListAsync(6);
        Assert.Equal(all[3..], [(await stream.NextAsync())!.Id!, (await stream.NextAsync())!.Id!, (await stream.NextAsync())!.Id!]);
        var refund = await only.NextAsync();
        Assert.Equal((all[5], "payment.refunded"), (refund!.Id, (string)refund.Data["type"]!));
        Assert.Equal((await Merchant.GetAsync($"/v1/events/{all[5]}")).Body.ToJsonString(), refund.Data.ToJsonString());
    }

    [Fact]
    public async Task Stream_NothingHappens_SaysThatItLives()
    {
        var started = TimeProvider.System.GetTimestamp();
        using var stream = await EventStream.OpenAsync(Merchant);
        var waiting = stream.NextAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        Assert.NotNull(await waiting);
        Assert.InRange(stream.Comments, 3, 2 + (int)(TimeProvider.System.GetElapsedTime(started) / TimeSpan.FromSeconds(0.3)));   // connected, and a heartbeat every 0.3 s
    }

    [Fact]
    public async Task Streams_MoreThanAMerchantMayHave_Are429UntilOneCloses()
    {
        var open = new List<EventStream>();
        for (var i = 0; i < 3; i++)
        {
            open.Add(await EventStream.OpenAsync(Merchant));
        }

        using (var refused = await EventStream.OpenAsync(Merchant))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        }

        using (var neighbour = await Host.NewMerchantAsync())
        using (var free = await EventStream.OpenAsync(neighbour))
        {
            Assert.Equal(HttpStatusCode.OK, free.Status);
        }

        open[0].Dispose();
        await UntilAsync(async () =>
        {
            using var again = await EventStream.OpenAsync(Merchant);
            return again.Status == HttpStatusCode.OK;
        });
        open.ForEach(stream => stream.Dispose());
    }

    [Theory]
    [InlineData("evt_01jz3k4m5n6p7q8r9s0t1v2w3x", "?types=nothing", "Last-Event-ID,types")]
    [InlineData(null, "?last_event_id=7&types=nothing", "last_event_id,types")]
    public async Task Stream_WrongParameters_Are400(string? lastEventId, string query, string wrong)
    {
        using var stream = await EventStream.OpenAsync(Merchant, lastEventId, query);
        Assert.Equal(HttpStatusCode.BadRequest, stream.Status);
        var problem = await stream.RestAsync();
        Assert.Equal(wrong.Split(',').Order(), problem["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order());
    }

    [Fact]
    public async Task Service_ThatStops_EndsItsStreamsAtOnce()
    {
        await using var stopping = await StartOwnAsync();
        using var there = Merchant.At(stopping);
        using var stream = await EventStream.OpenAsync(there);
        var waiting = stream.NextAsync();
        await Task.Delay(100);
        var started = TimeProvider.System.GetTimestamp();
        await stopping.DisposeAsync();
        Assert.Null(await waiting);   // the end, not a broken connection
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
    }

    private static Id OfLane(int lane) => Id.New(IdPrefix.Merchant, new Slot(lane), TimeProvider.System.GetUtcNow());

    private static string EventOf(List<string> ids) => ids[0];

    private async Task<List<string>> ListAsync(int atLeast)
    {
        await UntilAsync(async () => (await Telling.ListAsync(Merchant)).Count >= atLeast, 40);
        return await Telling.ListAsync(Merchant);
    }

    private static async Task<long> RelaysAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(DISTINCT owner) FROM outbox_lanes WHERE expires_at > now()", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<EventStream?> OpenAsync(MerchantClient merchant, string last)
    {
        try
        {
            var stream = await EventStream.OpenAsync(merchant, last);
            if (stream.Status == HttpStatusCode.TooManyRequests)
            {
                stream.Dispose();   // the last ones' ends were not noticed yet
                await Task.Delay(50);
                return null;
            }

            Assert.Equal(HttpStatusCode.OK, stream.Status);
            return stream;
        }
        catch (HttpRequestException dead)
        {
            Assert.NotNull(dead);
            return null;
        }
    }

    private static async Task<Heard?> NextOrCutAsync(EventStream stream)
    {
        try
        {
            return await stream.NextAsync();
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException)
        {
            return null;   // the process on the other side died
        }
    }
}
