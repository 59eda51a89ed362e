using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.TestHost;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

/// <summary>Kills a process at every crash point that the sources name, starts it again, and looks whether everything is right.</summary>
public sealed partial class CrashPointTests(ITestOutputHelper output)
{
    private const int Aggregates = 12;
    private const int Events = 5;
    private const int Poison = 3;
    private const int AtOnce = 4;

    private readonly int _seed = Seeds.Number(output);

    [Fact]
    public void Sources_NameCrashPointsOfEveryPart()
    {
        var parts = Points().Select(point => point[..point.LastIndexOf('.')]).ToHashSet();
        Assert.Superset(new HashSet<string> { "outbox.events", "outbox.relay", "inbox.consumer", "inbox.deadletter", "ingest.consumer" }, parts);
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task EveryCrashPoint_KilledThereAndStartedAgain_EveryEventTookEffectOnceAndInOrder(KafkaKind kind)
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Points(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (point, _) =>
        {
            try
            {
                await KillAndLookAsync(kind, point);
            }
            catch (Exception failure)
            {
                failures.Add($"{point}: {failure.Message}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private static List<string> Points() =>
    [
        .. Directory.EnumerateFiles(Repository.Path("services", "Shared", "PayFlow.Messaging"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => CrashPointHit().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Order(),
    ];

    private async Task KillAndLookAsync(KafkaKind kind, string point)
    {
        var bed = await TestBed.MakeAsync(kind, shards: 2);
        var port = FreePort.Next();
        // Small rounds, so that the point is met with work before and behind it.
        (string, string?)[] settings =
        [
            ("Test:Aggregates", $"{Aggregates}"), ("Test:Events", $"{Events}"), ("Test:Seed", $"{_seed}"), ("Test:Poison", $"{Poison}"), ("Test:IngestTopic", bed.IngestTopic),
            ("Messaging:RelayBatch", "16"), ("Messaging:ConsumeBatch", "8"),
        ];
        var hit = point.Contains("deadletter", StringComparison.Ordinal) || point.StartsWith("ingest", StringComparison.Ordinal) ? 1 : 1 + (_seed % 3);
        await using (var doomed = bed.Process(port, [.. settings, ("PayFlow:CrashPoints", $"{point}@{hit}")]))
        {
            await doomed.StartAsync();
            await TestBed.UntilAsync(() => Task.FromResult(!doomed.IsRunning), () => Task.FromResult($"{point}@{hit} was not met:\n{string.Join('\n', doomed.Log.TakeLast(20))}"), 60);
            Assert.Equal(137, doomed.ExitCode);   // 128 + SIGKILL
        }

        await using var heir = bed.Process(port, settings);
        await heir.StartAsync();
        var lasts = TestWriter.Aggregates(_seed, Aggregates).ToDictionary(id => id, _ => (long)Events);
        var sick = TestWriter.Aggregates(_seed, Aggregates)[0];
        lasts[sick] = Poison - 1;
        await bed.UntilAsync("SELECT count(*) FROM effects", lasts.Values.Sum(), 60);
        await bed.UntilAsync("SELECT count(*) FROM dead_letters WHERE announced_at IS NOT NULL AND replayed_at IS NULL", 1);
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", Events - Poison);
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        await bed.UntilAsync("SELECT count(*) FROM tickets WHERE handed_over >= 1", Aggregates);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), lasts, point);
        // Published once more or not: in its feed each event has one number, and none is missing.
        Assert.Equal(Aggregates * Events, await bed.CountAsync("SELECT count(*) FROM feed_events"));
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM feed_events e JOIN outbox o ON o.id = e.event WHERE e.number <> o.sequence OR e.merchant <> o.aggregate"));
        Assert.Contains(bed.ReadTopic(Topics.DeadLetter(bed.Topic)), message => message.Message.Key == sick.ToString());

        using var operators = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        operators.DefaultRequestHeaders.Add("X-Ops-Key", TestBed.OpsKey);
        (await operators.PostAsync(new Uri("/heal", UriKind.Relative), null)).EnsureSuccessStatusCode();
        var letters = await operators.GetFromJsonAsync<System.Text.Json.JsonElement>("/internal/dead-letters");
        var id = letters.GetProperty("deadLetters")[0].GetProperty("id").GetString();
        (await operators.PostAsync(new Uri($"/internal/dead-letters/{id}/replay", UriKind.Relative), null)).EnsureSuccessStatusCode();
        lasts[sick] = Events;
        await bed.UntilAsync("SELECT count(*) FROM effects", lasts.Values.Sum());
        Expect.OnceAndInOrder(await bed.EffectsAsync(), lasts, $"{point}, replayed");
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM inbox_waiting"));
    }

    [GeneratedRegex(@"CrashPoint\.Hit\(""([^""]+)""\)")]
    private static partial Regex CrashPointHit();
}
