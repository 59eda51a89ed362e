using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Disputes;

[Collection(SharedSandbox.Name)]
public sealed class DisputeTests(SharedSandbox shared) : IAsyncLifetime
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _northbank.CalmAsync();

    [Fact]
    public async Task Dispute_SameReferenceFiftyTimesAtOnce_IsOneDisputeAndOneNotice()
    {
        var (attempt, capture) = await _northbank.PayAndSettleAsync(1_500);
        var reference = NewReference("dis");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.DisputeAsync(reference, capture, 1_000, "fraudulent")));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "open", capture), (answer.Status, answer["state"], answer["capture"])));
        var id = Assert.Single(answers.Select(answer => answer["external_id"]).Distinct())!;
        Assert.StartsWith("nbx_", id, StringComparison.Ordinal);
        Assert.Equal((1_000L, 0L), await MovedAsync(attempt));

        var notice = Assert.Single(await NoticesOfAsync(id));
        Assert.Equal("dispute_opened", (string?)notice["type"]);
        Assert.Equal((capture, 1_000L, "USD", "fraudulent"), ((string?)notice["data"]!["capture"], (long)notice["data"]!["amount"]!, (string?)notice["data"]!["currency"], (string?)notice["data"]!["reason"]));
        Assert.Equal(answers[0]["debit_reference"], (string?)notice["data"]!["debit_reference"]);
        Assert.Equal(TimeSpan.FromDays(30), (DateTimeOffset)notice["data"]!["respond_by"]! - (DateTimeOffset)notice["occurred_at"]!);
        Assert.Equal("reference_reused", (await _northbank.DisputeAsync(reference, capture, 999, "fraudulent"))["code"]);
    }

    [Theory]
    [InlineData("won", 1_500L, 1_500L)]
    [InlineData("lost", 1_500L, 0L)]
    public async Task Close_FiftyTimesAtOnce_IsDecidedOnce(string outcome, long debited, long credited)
    {
        var (attempt, capture) = await _northbank.PayAndSettleAsync(1_500);
        var id = (await _northbank.DisputeAsync(NewReference("dis"), capture))["external_id"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.CloseDisputeAsync(id, outcome)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, outcome), (answer.Status, answer["state"])));
        Assert.Equal((debited, credited), await MovedAsync(attempt));

        var notices = await NoticesOfAsync(id);
        Assert.Equal(["dispute_opened", "dispute_closed"], notices.Select(notice => (string?)notice["type"]));
        Assert.Equal((outcome, 1_500L), ((string?)notices[1]["data"]!["outcome"], (long)notices[1]["data"]!["amount"]!));
        Assert.Equal(outcome == "won", notices[1]["data"]!["credit_reference"] is not null);
        var other = await _northbank.CloseDisputeAsync(id, outcome == "won" ? "lost" : "won");
        Assert.Equal((HttpStatusCode.Conflict, "already_closed"), (other.Status, other["code"]));
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.CloseDisputeAsync("nbx_nothing", outcome)).Status);
    }

    [Fact]
    public async Task Dispute_FiftyPartsAtOnce_NeverExceedTheCapture()
    {
        var (attempt, capture) = await _northbank.PayAndSettleAsync(1_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.DisputeAsync(NewReference("dis"), capture, 100)));
        var open = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToList();
        Assert.Equal(10, open.Count);
        Assert.All(answers.Except(open), answer => Assert.Equal((HttpStatusCode.Conflict, "exceeds_capture"), (answer.Status, answer["code"])));

        // What was won can be disputed again; what was lost is gone.
        await _northbank.CloseDisputeAsync(open[0]["external_id"]!, "won");
        await _northbank.CloseDisputeAsync(open[1]["external_id"]!, "lost");
        Assert.Equal("exceeds_capture", (await _northbank.DisputeAsync(NewReference("dis"), capture, 101))["code"]);
        Assert.Equal(100L, (long)(await _northbank.DisputeAsync(NewReference("dis"), capture)).Json!["amount"]!);
        Assert.Equal((1_100L, 100L), await MovedAsync(attempt));
    }

    [Fact]
    public async Task Dispute_NotSettledOrUnknown_IsRefusedAndNotKept()
    {
        var (_, authorization, capture) = await _northbank.PayInFullAsync(1_000);
        var reference = NewReference("dis");
        Assert.Equal((HttpStatusCode.Conflict, "not_settled"), Told(await _northbank.DisputeAsync(reference, capture)));
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), Told(await _northbank.DisputeAsync(reference, authorization)));
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), Told(await shared.Sandbox.Harbor.DisputeAsync(reference, capture)));
        Assert.Equal(HttpStatusCode.BadRequest, (await _northbank.DisputeAsync(reference, capture, 0)).Status);
        await _northbank.SubmitAsync(NewReference("bat"), ("itm_a", capture, 1_000));
        Assert.Equal("open", (await _northbank.DisputeAsync(reference, capture))["state"]);
    }

    [Theory]
    [InlineData("4000000000000259", "fraudulent")]
    [InlineData("4000000000002685", "product_not_received")]
    public async Task Submit_CardThatDisputes_IsDisputedOnceItSettles(string card, string reason)
    {
        var (attempt, _, capture) = await _northbank.PayInFullAsync(2_000, card);
        Assert.DoesNotContain(await _northbank.NoticesAsync(), notice => (string?)notice["data"]!["capture"] == capture);
        var other = await _northbank.PayAsync(3_000);
        var key = NewReference("bat");
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _northbank.SubmitAsync(key, ("itm_a", capture, 2_000), ("itm_b", other, 3_000))));

        var notice = Assert.Single(await _northbank.NoticesAsync(), notice => (string?)notice["data"]!["capture"] == capture);
        Assert.Equal((2_000L, reason), ((long)notice["data"]!["amount"]!, (string?)notice["data"]!["reason"]));
        Assert.Equal((2_000L, 0L), await MovedAsync(attempt));
        Assert.Equal("won", (await _northbank.CloseDisputeAsync((string)notice["data"]!["dispute"]!, "won"))["state"]);
        Assert.DoesNotContain(await _northbank.NoticesAsync(), told => (string?)told["data"]!["capture"] == other);
    }

    [Fact]
    public async Task Notices_WrittenByManyAtOnce_AreNumberedWithoutGapsInTheOrderTheyAreTold()
    {
        await using var sandbox = await Support.Sandbox.StartNewAsync();
        var northbank = sandbox.Northbank;
        var captures = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => northbank.PayAndSettleAsync(1_000)));
        using var stop = new CancellationTokenSource();
        var follower = FollowAsync(sandbox.Address, stop.Token);
        await Task.WhenAll(captures.Select(async paid =>
        {
            var id = (await northbank.DisputeAsync(NewReference("dis"), paid.Capture))["external_id"]!;
            await northbank.CloseDisputeAsync(id, "lost");
        }));
        var all = await northbank.NoticesAsync();
        Assert.Equal(Enumerable.Range(1, 80).Select(number => (long)number), all.Select(notice => (long)notice["sequence"]!));
        await stop.CancelAsync();
        var followed = await follower;
        Assert.Equal(all.Take(followed.Count).Select(notice => notice.ToJsonString()), followed);   // whoever followed the feed has passed nothing over
        Assert.Empty(await sandbox.Harbor.NoticesAsync());

        await sandbox.KillAsync();
        await sandbox.StartAsync();
        Assert.Equal(all.Select(notice => notice.ToJsonString()), (await northbank.NoticesAsync()).Select(notice => notice.ToJsonString()));
    }

    [Fact]
    public async Task Notices_WrongQuestion_NamesEveryField()
    {
        var wrong = await _northbank.GetAsync("notices?after=-1&limit=0");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.Equal(["after", "limit"], wrong.Json!["errors"]!.AsArray().Select(error => (string?)error!["param"]).Order());
    }

    // The rule is repeated by the database: were the service wrong, this is what would happen.
    [Theory]
    [InlineData("UPDATE captures SET debited = amount + 1 WHERE external_id = $1", "captures_debited_within_amount")]
    [InlineData("UPDATE captures SET credited = debited + 1 WHERE external_id = $1", "captures_debited_within_amount")]
    [InlineData("UPDATE captures SET debited = 1, batch_key = NULL WHERE external_id = $1", "captures_debited_only_when_batched")]
    [InlineData("UPDATE disputes SET outcome = 'Won' WHERE capture_id = $1", "disputes_closed_whole")]
    [InlineData("UPDATE disputes SET amount = 0 WHERE capture_id = $1", "disputes_amount_positive")]
    public async Task Books_PlantedViolation_IsRefusedByTheDatabase(string sql, string constraint)
    {
        var (_, capture) = await _northbank.PayAndSettleAsync(1_000);
        await _northbank.DisputeAsync(NewReference("dis"), capture, 400);
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => shared.Sandbox.QueryAsync(sql, capture));
        Assert.Equal(constraint, refused.ConstraintName);
    }

    private static (HttpStatusCode Status, string? Code) Told(Answer answer) => (answer.Status, answer["code"]);

    private static async Task<List<string>> FollowAsync(Uri address, CancellationToken stop)
    {
        using var acquirer = new AcquirerClient(address, "northbank");
        var seen = new List<JsonNode>();
        while (!stop.IsCancellationRequested)
        {
            var after = seen.Count == 0 ? 0 : (long)seen[^1]["sequence"]!;
            seen.AddRange((await acquirer.GetAsync($"notices?after={after}")).Json!["data"]!.AsArray()!);
        }

        return seen.ConvertAll(notice => notice.ToJsonString());
    }

    private async Task<List<JsonNode>> NoticesOfAsync(string dispute) =>
        [.. (await _northbank.NoticesAsync()).Where(notice => (string?)notice["data"]!["dispute"] == dispute)];

    private async Task<(long Debited, long Credited)> MovedAsync(string attempt)
    {
        var entry = (await _northbank.BooksOfAsync(attempt))!;
        var capture = Assert.Single(entry["captures"]!.AsArray())!;
        Assert.Equal(((long)entry["debited"]!, (long)entry["credited"]!), ((long)capture["debited"]!, (long)capture["credited"]!));
        return ((long)entry["debited"]!, (long)entry["credited"]!);
    }
}
