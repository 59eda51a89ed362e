using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.BankAccounts;

[Collection(SharedSandbox.Name)]
public sealed class BankDebitTests(SharedSandbox shared)
{
    private readonly AcquirerClient _keystone = shared.Sandbox.Keystone;

    [Fact]
    public async Task Authorize_AnAccount_IsApprovedOnceAndMaskedInTheBooks()
    {
        var reference = NewReference("att");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _keystone.AuthorizeAccountAsync(reference, 1_000, "00987654321")));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "approved"), (answer.Status, answer["result"])));
        Assert.StartsWith("ks_", Assert.Single(answers.Select(answer => answer["external_id"]).Distinct())!, StringComparison.Ordinal);
        Assert.DoesNotContain("00987654321", (await _keystone.BooksOfAsync(reference))!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("reference_reused", (await _keystone.AuthorizeAccountAsync(reference, 1_000))["code"]);
    }

    [Fact]
    public async Task Authorize_WhatTheBankDoesntTake_IsDeclinedOrRefused()
    {
        Assert.Equal("bank_account_unusable", (await _keystone.AuthorizeAccountAsync(NewReference("att"), 1_000, "000666666661"))["decline_code"]);
        Assert.Equal(HttpStatusCode.BadRequest, (await _keystone.AuthorizeAccountAsync(NewReference("att"), 1_000, currency: "EUR")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _keystone.AuthorizeAsync(NewReference("att"), 1_000)).Status);   // a card
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.Sandbox.Northbank.AuthorizeAccountAsync(NewReference("att"), 1_000)).Status);
    }

    [Fact]
    public async Task Batch_BeforeItsDaysAreOver_HasNoReportAndNoReturn()
    {
        await using var slow = await Support.Sandbox.StartNewAsync(("Sandbox__BusinessDay", "01:00:00"));
        var (batch, _, _) = await DebitAsync("000111111113", slow.Keystone);
        Assert.Equal(HttpStatusCode.NotFound, (await slow.Keystone.ReportAsync(batch)).Status);
        Assert.Empty(await slow.Keystone.NoticesAsync());
    }

    [Fact]
    public async Task Batch_OfDebits_IsSettledAfterItsDays()
    {
        var (batch, _, _) = await DebitAsync("000123456789");
        Assert.Contains(",settled", await ReportAsync(batch), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("000111111113", "R02", false)]
    [InlineData("000111111116", "R03", false)]
    [InlineData("000222222227", "R01", true)]
    [InlineData("000333333335", "R10", true)]
    public async Task Return_OfAnAccountMadeToReturn_IsToldOnceWhenItsDayHasCome(string account, string reason, bool isSettled)
    {
        var (batch, attempt, capture) = await DebitAsync(account);
        Assert.Equal(isSettled, (await ReportAsync(batch)).Contains(",settled", StringComparison.Ordinal));

        await UntilAsync(async () => (await NoticesOfAsync(capture)).Count > 0);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _keystone.NoticesAsync()));
        var notice = Assert.Single(await NoticesOfAsync(capture));
        Assert.Equal(("debit_returned", 1_000L, "USD", reason), ((string?)notice["type"], (long)notice["data"]!["amount"]!, (string?)notice["data"]!["currency"], (string?)notice["data"]!["reason"]));
        Assert.Equal(isSettled, notice["data"]!["debit_reference"] is not null);
        Assert.Equal(1_000L, (long)(await _keystone.BooksOfAsync(attempt))!["captures"]![0]!["returned"]!);
    }

    private async Task<(string Batch, string Attempt, string Capture)> DebitAsync(string account, AcquirerClient? at = null)
    {
        var bank = at ?? _keystone;
        var (attempt, batch) = (NewReference("att"), NewReference("bat"));
        var authorization = (await bank.AuthorizeAccountAsync(attempt, 1_000, account))["external_id"]!;
        var capture = (await bank.CaptureAsync(NewReference("op"), authorization, 1_000))["external_id"]!;
        Assert.Equal(HttpStatusCode.Accepted, (await bank.SubmitAsync(batch, ("itm_a", capture, 1_000))).Status);
        return (batch, attempt, capture);
    }

    private async Task<string> ReportAsync(string batch)
    {
        var report = "";
        await UntilAsync(async () => (await _keystone.ReportAsync(batch)) is { Status: HttpStatusCode.OK, Text: var text } && (report = text).Length > 0);
        return report;
    }

    private async Task<IReadOnlyList<JsonNode>> NoticesOfAsync(string capture) => [.. (await _keystone.NoticesAsync()).Where(notice => (string?)notice["data"]!["capture"] == capture)];

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "What was waited for did not happen.");
            await Task.Delay(50);
        }
    }
}
