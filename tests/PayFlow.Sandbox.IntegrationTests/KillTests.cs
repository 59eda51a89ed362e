using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Sandbox.IntegrationTests.Support;
using PayFlow.Testing;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests;

/// <summary>An acquirer's word holds: what it answered before <c>kill -9</c> it still says afterwards.</summary>
public sealed class KillTests
{
    [Theory]
    [InlineData("sandbox")]
    [InlineData("postgres")]
    public async Task Kill_InTheMiddleOfPayments_EveryAnswerIsInTheBooks(string victim)
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        await using var sandbox = await Support.Sandbox.StartNewAsync(postgres);
        var work = new Work(sandbox.Northbank);
        for (var round = 0; round < 3; round++)
        {
            using var stop = new CancellationTokenSource();
            var workers = Enumerable.Range(0, 8).Select(_ => work.RunAsync(stop.Token)).ToList();
            var enough = work.Answered + 200;
            while (work.Answered < enough)
                await Task.Delay(5);
            await (victim == "sandbox" ? sandbox.KillAsync() : postgres.KillAsync());
            await stop.CancelAsync();
            await Task.WhenAll(workers);
            await (victim == "sandbox" ? sandbox.StartAsync() : postgres.StartAsync());
        }

        Assert.True(work.Lost > 0, "No call was under way at any kill: this test has tested nothing.");
        var books = await ReadBooksAsync(sandbox.Northbank);
        Assert.Empty(work.Contradictions(books));
        Assert.Empty(Inconsistencies(books));

        // Planted violations: the same checks see an answer that is not in the books, and books that don't add up.
        books.Values.First(entry => work.Knows((string)entry["reference"]!))["external_id"] = "nb_other";
        Assert.Single(work.Contradictions(books));
        books.Values.First(entry => (long)entry["captured"]! > 0)["captured"] = 1L;
        Assert.Single(Inconsistencies(books));
    }

    [Fact]
    public async Task Kill_ChaosAndReports_AreAsTheyWere()
    {
        await using var sandbox = await Support.Sandbox.StartNewAsync(("Sandbox__LateDelay", "00:00:00"));
        await sandbox.Northbank.MisbehaveAsync(new { amounts = true });
        var capture = await sandbox.Northbank.PayAsync(10_003);
        await sandbox.Northbank.SubmitAsync("bat_1", ("itm_a", capture, 10_003));
        var report = await sandbox.Northbank.ReportAsync("bat_1");
        await sandbox.KillAsync();
        await sandbox.StartAsync();
        Assert.Equal(report.Text, (await sandbox.Northbank.ReportAsync("bat_1")).Text);
        await Assert.ThrowsAsync<HttpRequestException>(() => sandbox.Northbank.AuthorizeAsync(NewReference("att"), 1_005));
    }

    // A pool that holds connections to a server that was killed finds that out one by one.
    private static async Task<IReadOnlyDictionary<string, JsonNode>> ReadBooksAsync(AcquirerClient acquirer)
    {
        for (var patience = 0; ; patience++)
        {
            try
            {
                return await acquirer.BooksAsync();
            }
            catch (HttpRequestException notYet) when (notYet.StatusCode >= HttpStatusCode.InternalServerError && patience < 50)
            {
                await Task.Delay(100);
            }
        }
    }

    private static IEnumerable<string> Inconsistencies(IReadOnlyDictionary<string, JsonNode> books) =>
        from entry in books.Values
        let captures = entry["captures"]!.AsArray().Sum(capture => (long)capture!["amount"]!)
        let refunds = entry["refunds"]!.AsArray().Sum(refund => (long)refund!["amount"]!)
        where captures != (long)entry["captured"]! || captures > (long)entry["amount"]! || refunds != (long)entry["refunded"]!
        select $"{entry["reference"]} has captures of {captures} and refunds of {refunds} and says {entry["captured"]} and {entry["refunded"]} of {entry["amount"]}";

    /// <summary>Payments one after the other, with a note of every answer.</summary>
    private sealed class Work(AcquirerClient northbank)
    {
        private readonly ConcurrentDictionary<string, string> _authorizations = [];
        private readonly ConcurrentDictionary<string, (string Attempt, string ExternalId)> _captures = [];
        private readonly ConcurrentDictionary<string, (string Attempt, string ExternalId)> _refunds = [];
        private int _lost;

        public int Answered => _authorizations.Count;

        public int Lost => _lost;

        public bool Knows(string reference) => _authorizations.ContainsKey(reference);

        public async Task RunAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await PayAsync();
                }
                catch (HttpRequestException)
                {
                    Interlocked.Increment(ref _lost);
                    await Task.Delay(20, CancellationToken.None);   // it is gone, or its database is: what it answers then says nothing
                }
            }
        }

        public IEnumerable<string> Contradictions(IReadOnlyDictionary<string, JsonNode> books)
        {
            foreach (var (reference, externalId) in _authorizations)
            {
                if ((string?)books.GetValueOrDefault(reference)?["external_id"] != externalId)
                    yield return $"{reference} was approved as {externalId}.";
            }

            foreach (var (kind, (reference, (attempt, externalId))) in _captures.Select(made => ("captures", made)).Concat(_refunds.Select(made => ("refunds", made))))
            {
                var written = books.GetValueOrDefault(attempt)?[kind]!.AsArray() ?? [];
                if (!written.Any(entry => (string?)entry!["reference"] == reference && (string?)entry["external_id"] == externalId))
                    yield return $"{reference} is among the {kind} as {externalId}.";
            }
        }

        private async Task PayAsync()
        {
            var (attempt, operation) = (NewReference("att"), NewReference("op"));
            var authorization = Sure(await northbank.AuthorizeAsync(attempt, 1_000));
            _authorizations[attempt] = authorization["external_id"]!;
            var capture = Sure(await northbank.CaptureAsync(operation, authorization["external_id"]!, 1_000));
            _captures[operation] = (attempt, capture["external_id"]!);
            var refund = NewReference("op");
            _refunds[refund] = (attempt, Sure(await northbank.RefundAsync(refund, authorization["external_id"]!, 400))["external_id"]!);
        }

        private static Answer Sure(Answer answer) =>
            answer.Status == HttpStatusCode.OK ? answer : throw new HttpRequestException(answer.Text, inner: null, answer.Status);
    }
}
