using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Testing;
using Capture = PayFlow.Batch.IntegrationTests.Support.Capture;

namespace PayFlow.Batch.IntegrationTests.Batches;

/// <summary>Batch as a process that is killed at every one of its crash points, one after the other, each on the way of a batch of its own.</summary>
public sealed partial class CrashTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private SandboxProcess _sandbox = null!;

    // A Sandbox of its own, so that it runs beside the other tests: it mostly waits for processes to start.
    public async Task InitializeAsync() => _sandbox = await SandboxProcess.StartAsync();

    public async Task DisposeAsync() => await _sandbox.DisposeAsync();

    [Fact]
    public async Task Kill_AtEveryCrashPoint_LosesAndDoublesNothing()
    {
        var points = Directory.EnumerateFiles(Repository.Path("services", "Batch"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => CrashPoints().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.Contains("batch.submit.answered", points);

        await using var broker = await Broker.StartAsync();
        await using var batch = await BatchHost.StartAsync(_sandbox);
        await batch.StopAsync();
        var settings = batch.ProcessSettings(broker);
        await using var process = new ServiceProcess(Repository.Assembly("services/Batch/PayFlow.Batch.csproj"), settings);
        using var http = new HttpClient { BaseAddress = new Uri(settings["Kestrel__Endpoints__http__Url"]!) };
        http.DefaultRequestHeaders.Add("X-Ops-Key", BatchHost.OpsKey);
        using var channel = GrpcChannel.ForAddress(settings["Kestrel__Endpoints__grpc__Url"]!);
        var grpc = new Settlement.SettlementClient(channel);
        await StartAsync();

        var days = new List<(Merchant Merchant, Capture[] Captures)>();
        foreach (var point in points)
        {
            await PostAsync($"internal/crash-points/{point}");
            var merchant = new Merchant();
            Capture[] captures = [merchant.Capture(1_000, await _sandbox.PayAsync("northbank", 1_000)), merchant.Capture(2_000, await _sandbox.PayAsync("northbank", 2_000))];
            days.Add((merchant, captures));
            if (point == "batch.items.written")
                await broker.PublishAsync([.. captures.Select(capture => capture.Event)]);
            else
                await batch.ApplyAsync([.. captures.Select(capture => capture.Event)]);   // spares the wait until the broker has given the partitions to the next process
            var withdraws = point.StartsWith("batch.withdrawal.", StringComparison.Ordinal);
            var refund = merchant.NewOperation();
            if (withdraws)
                await WithdrawAsync(captures[0], refund);
            else
                await CutoffAsync();
            await UntilAsync(() => Task.FromResult(!process.IsRunning), $"the crash at {point}");
            await StartAsync();
            if (withdraws)
            {
                Assert.True(await WithdrawAsync(captures[0], refund));
                Assert.Equal("withdrawn", (await batch.ItemsAsync(merchant))[captures[0].Item].State);
                await batch.ApplyAsync(merchant.RefundFailed(captures[0], refund));
            }
        }

        await UntilAsync(async () => (await Task.WhenAll(days.Select(day => batch.ItemsAsync(day.Merchant)))).All(items => items.Count == 2), "all items");
        await CutoffAsync();
        foreach (var (merchant, captures) in days)
        {
            await UntilAsync(async () => (await batch.ItemsAsync(merchant)).Values.All(item => item.State == "settled"), "the settlement of all items");
            await AssertOnceAsync(batch, merchant, captures);
        }

        async Task StartAsync()
        {
            await process.StartAsync();
            await process.WaitForHealthAsync(http.BaseAddress!);
        }

        Task CutoffAsync() => PostAsync("internal/cutoff");

        async Task<bool?> WithdrawAsync(Capture capture, Id refund)
        {
            try
            {
                return (await grpc.WithdrawItemAsync(BatchHost.Withdrawal(capture, refund))).Withdrawn;
            }
            catch (RpcException died) when (died.StatusCode == StatusCode.Unavailable || !process.IsRunning)
            {
                return null;   // it may pass the point before it answers
            }
        }

        async Task PostAsync(string path)
        {
            try
            {
                using var answer = await http.PostAsync(new Uri(path, UriKind.Relative), null);
                Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
            }
            catch (Exception died) when (died is HttpRequestException or SocketException)
            {
                Trace.WriteLine(died.Message);   // it may pass the point before it answers
            }
        }
    }

    private async Task AssertOnceAsync(BatchHost batch, Merchant merchant, Capture[] captures)
    {
        var batches = (Guid[])(await batch.SqlAsync("SELECT array_agg(DISTINCT batch_id) FROM items WHERE merchant_id = $1", merchant.Id.Value))!;
        var told = new List<SettlementEvent>();
        foreach (var id in batches)
        {
            told.AddRange(await batch.ToldAsync(Id.From(IdPrefix.Batch, id)));
        }

        Assert.Equal(captures.Select(capture => capture.Item.ToString()).Order(), told.Where(e => e.ItemSubmitted is not null).Select(e => e.ItemSubmitted.ItemId).Order());
        Assert.Equal(captures.Select(capture => capture.Item.ToString()).Order(), told.Where(e => e.ReportLine is not null).Select(e => e.ReportLine.ItemReference).Order());
        Assert.Equal(3_000, told.Sum(e => e.ReportCompleted?.Gross ?? 0));
        foreach (var capture in captures)
        {
            Assert.Equal(1, await _sandbox.LinesOfAsync(capture.ExternalId));
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < Patience, $"{what} did not come.");
            await Task.Delay(20);
        }
    }

    [GeneratedRegex("CrashPoint\\.Hit\\(\"([a-z.]+)\"\\)")]
    private static partial Regex CrashPoints();
}
