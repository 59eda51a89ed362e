using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Captures;

[Collection(SharedSandbox.Name)]
public sealed class CaptureVoidTests(SharedSandbox shared)
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    [Fact]
    public async Task Void_SameReferenceFiftyTimesAtOnce_IsOneVoid()
    {
        var (attempt, _, capture) = await _northbank.PayInFullAsync(1_500);
        var reference = NewReference("op");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.VoidCaptureAsync(reference, capture)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "voided", reference), (answer.Status, answer["result"], answer["reference"])));
        var id = Assert.Single(answers.Select(answer => answer["external_id"]).Distinct());
        Assert.StartsWith("nbv_", id, StringComparison.Ordinal);

        var entry = (await _northbank.BooksOfAsync(attempt))!;
        Assert.Equal((1_500L, 1_500L, "voided"), ((long)entry["captured"]!, (long)entry["voided"]!, (string?)entry["state"]));
        Assert.True((bool)Assert.Single(entry["captures"]!.AsArray())!["voided"]!);
        var inquiry = await _northbank.GetAsync($"capture-voids?reference={reference}");
        Assert.Equal((HttpStatusCode.OK, "voided", id), (inquiry.Status, inquiry["result"], inquiry["external_id"]));
    }

    [Fact]
    public async Task Void_FiftyReferencesAtOnce_OneIsTaken()
    {
        var (attempt, _, capture) = await _northbank.PayInFullAsync(1_500);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.VoidCaptureAsync(NewReference("op"), capture)));
        Assert.Single(answers, answer => answer["result"] == "voided");
        Assert.All(answers.Where(answer => answer["result"] != "voided"), answer => Assert.Equal((HttpStatusCode.Conflict, "voided"), (answer.Status, answer["reason"])));
        Assert.Equal(1_500L, (long?)(await _northbank.BooksOfAsync(attempt))?["voided"]);
    }

    [Fact]
    public async Task Void_InABatch_IsRefusedAndStaysRefused()
    {
        var (attempt, _, capture) = await _northbank.PayInFullAsync(1_500);
        await _northbank.SubmitAsync(NewReference("bat"), ("itm_a", capture, 1_500));
        var reference = NewReference("op");
        for (var i = 0; i < 2; i++)
        {
            var refused = await _northbank.VoidCaptureAsync(reference, capture);
            Assert.Equal((HttpStatusCode.Conflict, "refused", "settled"), (refused.Status, refused["result"], refused["reason"]));
        }

        Assert.Equal("settled", (await _northbank.GetAsync($"capture-voids?reference={reference}"))["reason"]);
        Assert.Equal(0L, (long?)(await _northbank.BooksOfAsync(attempt))?["voided"]);
    }

    [Fact]
    public async Task Void_WhileABatchTakesTheCapture_OneOfThemHasIt()
    {
        for (var round = 0; round < 20; round++)
        {
            var (attempt, _, capture) = await _northbank.PayInFullAsync(1_500);
            var key = NewReference("bat");
            var both = await Task.WhenAll(_northbank.VoidCaptureAsync(NewReference("op"), capture), _northbank.SubmitAsync(key, ("itm_a", capture, 1_500)));
            var settled = (await _northbank.ReportAsync(key)).Text.Contains($"{capture},1500,USD,settled", StringComparison.Ordinal);
            Assert.Equal(!settled, both[0]["result"] == "voided");
            Assert.Equal(settled ? 0L : 1_500L, (long?)(await _northbank.BooksOfAsync(attempt))?["voided"]);
        }
    }

    [Fact]
    public async Task Void_RefundedInPart_IsRefused()
    {
        var (_, authorization, capture) = await _northbank.PayInFullAsync(1_500);
        await _northbank.RefundAsync(NewReference("op"), authorization, 1);
        var refused = await _northbank.VoidCaptureAsync(NewReference("op"), capture);
        Assert.Equal((HttpStatusCode.Conflict, "refunded"), (refused.Status, refused["reason"]));
    }

    [Fact]
    public async Task Void_WhileItIsRefunded_OneOfThemIsTaken()
    {
        for (var round = 0; round < 20; round++)
        {
            var (_, authorization, capture) = await _northbank.PayInFullAsync(1_500);
            var both = await Task.WhenAll(_northbank.VoidCaptureAsync(NewReference("op"), capture), _northbank.RefundAsync(NewReference("op"), authorization, 700));
            Assert.Contains($"{both[0]["result"]}, {both[1]["reason"] ?? both[1]["result"]}", (string[])["voided, not_captured", "refused, refunded"]);
        }
    }

    [Fact]
    public async Task Void_UnknownOrOfTheOtherAcquirer_IsRefused()
    {
        var (_, _, capture) = await _northbank.PayInFullAsync(1_000);
        var unknown = await _northbank.VoidCaptureAsync(NewReference("op"), "nbc_nothing");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "unknown_capture"), (unknown.Status, unknown["reason"]));
        Assert.Equal("unknown_capture", (await shared.Sandbox.Harbor.VoidCaptureAsync(NewReference("op"), capture))["reason"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.GetAsync($"capture-voids?reference={NewReference("op")}")).Status);

        var reference = NewReference("op");
        await _northbank.VoidCaptureAsync(reference, capture);
        Assert.Equal("reference_reused", (await _northbank.VoidCaptureAsync(reference, "nbc_nothing"))["code"]);
    }

    [Fact]
    public async Task Reverse_WhenEveryCaptureWasVoided_ReleasesTheRest()
    {
        var attempt = NewReference("att");
        var authorization = (await _northbank.AuthorizeAsync(attempt, 1_000))["external_id"]!;
        var captures = new List<string>();
        foreach (var amount in (long[])[300, 200])
            captures.Add((await _northbank.CaptureAsync(NewReference("op"), authorization, amount, final: false))["external_id"]!);

        await _northbank.VoidCaptureAsync(NewReference("op"), captures[0]);
        Assert.Equal("captured", (await _northbank.ReverseAsync(attempt))["reason"]);
        await _northbank.VoidCaptureAsync(NewReference("op"), captures[1]);
        Assert.Equal("reversed", (await _northbank.ReverseAsync(attempt))["result"]);
        Assert.Equal("authorization_reversed", (await _northbank.CaptureAsync(NewReference("op"), authorization, 100))["reason"]);
    }

    // The rule is repeated by the database: were the service wrong, this is what would happen.
    [Theory]
    [InlineData("UPDATE authorizations a SET voided = -1 FROM captures c WHERE c.holds = a.external_id AND c.external_id = $1", "authorizations_voided_within_captured")]
    [InlineData("UPDATE captures SET batch_key = 'bat_1', voided_at = now() WHERE external_id = $1", "captures_voided_or_batched")]
    [InlineData("INSERT INTO capture_voids (acquirer, reference, capture_id, external_id, created_at) VALUES ('northbank', $1 || '2', $1, $1 || '2', now())", "capture_voids_once")]
    [InlineData("INSERT INTO capture_voids (acquirer, reference, capture_id, created_at) VALUES ('northbank', $1 || '2', $1, now())", "capture_voids_taken_or_refused")]
    [InlineData(
        "INSERT INTO capture_voids (acquirer, reference, capture_id, external_id, created_at) VALUES ('northbank', $1 || '2', 'nbc_nothing', $1, now())", "capture_voids_capture_fkey")]
    public async Task Books_PlantedViolation_IsRefusedByTheDatabase(string sql, string constraint)
    {
        var capture = await _northbank.PayAsync(1_000);
        await _northbank.VoidCaptureAsync(NewReference("op"), capture);
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => shared.Sandbox.QueryAsync(sql, capture));
        Assert.Equal(constraint, refused.ConstraintName);
    }
}
