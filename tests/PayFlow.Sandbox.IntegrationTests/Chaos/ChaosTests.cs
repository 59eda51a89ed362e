using System.Diagnostics;
using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Chaos;

[Collection(SharedSandbox.Name)]
public sealed class ChaosTests(SharedSandbox shared) : IAsyncLifetime
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _northbank.CalmAsync();

    [Fact]
    public async Task ErrorRate_One_Answers503AndDoesNothing()
    {
        await _northbank.MisbehaveAsync(new { error_rate = 1.0 });
        var reference = NewReference("att");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _northbank.AuthorizeAsync(reference, 1_000)).Status);
        Assert.Null(await _northbank.BooksOfAsync(reference));
    }

    [Fact]
    public async Task ErrorAfterRate_One_Answers503AfterItWasDone()
    {
        await _northbank.MisbehaveAsync(new { error_after_rate = 1.0 });
        var reference = NewReference("att");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _northbank.AuthorizeAsync(reference, 1_000)).Status);
        await AssertDoneOnceAsync(reference);
    }

    [Fact]
    public async Task TimeoutRate_One_IsSilentAndDoesNothing()
    {
        await _northbank.MisbehaveAsync(new { timeout_rate = 1.0 });
        var reference = NewReference("att");
        await Assert.ThrowsAsync<TaskCanceledException>(() => AuthorizeBrieflyAsync(reference));
        Assert.Null(await _northbank.BooksOfAsync(reference));
    }

    [Fact]
    public async Task TimeoutAfterRate_One_IsSilentAfterItWasDone()
    {
        await _northbank.MisbehaveAsync(new { timeout_after_rate = 1.0 });
        var reference = NewReference("att");
        await Assert.ThrowsAsync<TaskCanceledException>(() => AuthorizeBrieflyAsync(reference));
        await AssertDoneOnceAsync(reference);
    }

    [Fact]
    public async Task LostReplyRate_One_ClosesTheConnectionAfterItWasDone()
    {
        await _northbank.MisbehaveAsync(new { lost_reply_rate = 1.0 });
        var reference = NewReference("att");
        await Assert.ThrowsAsync<HttpRequestException>(() => _northbank.AuthorizeAsync(reference, 1_000));
        await AssertDoneOnceAsync(reference);
    }

    [Fact]
    public async Task Refuse_On_ClosesTheConnectionAndDoesNothing()
    {
        await _northbank.MisbehaveAsync(new { refuse = true });
        var reference = NewReference("att");
        await Assert.ThrowsAsync<HttpRequestException>(() => _northbank.AuthorizeAsync(reference, 1_000));
        Assert.Null(await _northbank.BooksOfAsync(reference));
        Assert.Equal("approved", (await shared.Sandbox.Harbor.AuthorizeAsync(reference, 1_000))["result"]);   // the other one is well
    }

    [Fact]
    public async Task DuplicateIdRate_One_CallsAnApprovalWhatAnotherIsCalled()
    {
        var (_, inUse, _) = await _northbank.PayInFullAsync(1_000);
        await _northbank.MisbehaveAsync(new { duplicate_id_rate = 1.0 });
        var reference = NewReference("att");
        var mistaken = await _northbank.AuthorizeAsync(reference, 1_000);
        Assert.Equal(("approved", inUse), (mistaken["result"], mistaken["external_id"]));
        var inquired = await _northbank.InquireAsync(reference);
        Assert.NotEqual(inUse, inquired["external_id"]);
        Assert.Equal((string?)(await _northbank.BooksOfAsync(reference))!["external_id"], inquired["external_id"]);
    }

    [Fact]
    public async Task LatencyMs_Set_DelaysTheAnswer()
    {
        await _northbank.MisbehaveAsync(new { latency_ms = 300 });
        var watch = Stopwatch.StartNew();
        Assert.Equal("approved", (await _northbank.AuthorizeAsync(NewReference("att"), 1_000))["result"]);
        Assert.True(watch.ElapsedMilliseconds >= 295, $"It took {watch.ElapsedMilliseconds} ms.");
    }

    [Fact]
    public async Task Amounts_EndingIn05_LoseTheFirstReplyOnly()
    {
        await _northbank.MisbehaveAsync(new { amounts = true });
        var reference = NewReference("att");
        await Assert.ThrowsAsync<HttpRequestException>(() => _northbank.AuthorizeAsync(reference, 1_005));
        Assert.Equal("approved", (await _northbank.AuthorizeAsync(reference, 1_005))["result"]);
        await AssertDoneOnceAsync(reference);
        // A decline is no approval whose reply could be lost.
        Assert.Equal("declined", (await _northbank.AuthorizeAsync(NewReference("att"), 1_005, "4000000000000002"))["result"]);
    }

    [Fact]
    public async Task ErrorRate_Half_StrikesSometimes()
    {
        await _northbank.MisbehaveAsync(new { error_rate = 0.5 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _northbank.AuthorizeAsync(NewReference("att"), 1_000)));
        // Of 200 fair coins, fewer than 50 fall on one side about once in 10¹².
        Assert.InRange(answers.Count(answer => answer.Status == HttpStatusCode.OK), 50, 150);
    }

    [Fact]
    public async Task Change_AbsentFields_StayAsTheyAre()
    {
        await _northbank.MisbehaveAsync(new { latency_ms = 7 });
        var chaos = await _northbank.MisbehaveAsync(new { amounts = true });
        Assert.Equal((7, true), ((int)chaos.Json!["northbank"]!["latency_ms"]!, (bool)chaos.Json["northbank"]!["amounts"]!));
        Assert.Equal((0, false), ((int)chaos.Json["harbor"]!["latency_ms"]!, (bool)chaos.Json["harbor"]!["amounts"]!));
    }

    [Fact]
    public async Task Change_ImpossibleSettings_AreRefusedAndChangeNothing()
    {
        var answer = await _northbank.MisbehaveAsync(new { latency_ms = -1, error_rate = 2.0, amounts = true });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["error_rate", "latency_ms"], answer.Json!["errors"]!.AsArray().Select(error => (string?)error!["param"]).Order());
        Assert.Equal("approved", (await _northbank.AuthorizeAsync(NewReference("att"), 1_005))["result"]);   // the switch stayed off
    }

    private async Task AuthorizeBrieflyAsync(string reference)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(700));
        await _northbank.AuthorizeAsync(reference, 1_000, cancel: patience.Token);
    }

    /// <summary>The answer was lost, the work was not: the same reference again is the same authorization.</summary>
    private async Task AssertDoneOnceAsync(string reference)
    {
        await _northbank.CalmAsync();
        var there = await _northbank.InquireAsync(reference);
        Assert.Equal("approved", there["state"]);
        var amount = (long)(await _northbank.BooksOfAsync(reference))!["amount"]!;
        Assert.Equal(there["external_id"], (await _northbank.AuthorizeAsync(reference, amount))["external_id"]);
    }
}
