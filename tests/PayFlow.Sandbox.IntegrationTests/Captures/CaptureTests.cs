using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Captures;

[Collection(SharedSandbox.Name)]
public sealed class CaptureTests(SharedSandbox shared)
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    [Fact]
    public async Task Capture_SameReferenceFiftyTimesAtOnce_IsOneCapture()
    {
        var (attempt, authorization) = await AuthorizeAsync(1_500);
        var reference = NewReference("op");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.CaptureAsync(reference, authorization, 1_000)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "captured"), (answer.Status, answer["result"])));
        Assert.StartsWith("nbc_", Assert.Single(answers.Select(answer => answer["external_id"]).Distinct()), StringComparison.Ordinal);
        var entry = await _northbank.BooksOfAsync(attempt);
        Assert.Equal((1_000L, "captured"), ((long?)entry?["captured"], (string?)entry?["state"]));
        Assert.Single(entry!["captures"]!.AsArray());
    }

    [Fact]
    public async Task Capture_FiftyPartsAtOnce_NeverExceedWhatIsAuthorized()
    {
        var (attempt, authorization) = await AuthorizeAsync(1_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.CaptureAsync(NewReference("op"), authorization, 100, final: false)));
        Assert.Equal(10, answers.Count(answer => answer["result"] == "captured"));
        Assert.All(
            answers.Where(answer => answer["result"] != "captured"),
            answer => Assert.Equal((HttpStatusCode.UnprocessableEntity, "exceeds_authorized"), (answer.Status, answer["reason"])));
        var entry = await _northbank.BooksOfAsync(attempt);
        Assert.Equal(1_000L, (long?)entry?["captured"]);
        Assert.Equal(10, entry!["captures"]!.AsArray().Count);
    }

    [Fact]
    public async Task Capture_AfterTheFinalOne_IsRefused()
    {
        var (_, authorization) = await AuthorizeAsync(1_000);
        await _northbank.CaptureAsync(NewReference("op"), authorization, 400, final: true);
        var more = await _northbank.CaptureAsync(NewReference("op"), authorization, 100);
        Assert.Equal((HttpStatusCode.Conflict, "authorization_closed"), (more.Status, more["reason"]));
    }

    [Fact]
    public async Task Capture_Refused_StaysRefusedUnderItsReference()
    {
        var (_, authorization) = await AuthorizeAsync(1_000);
        var reference = NewReference("op");
        Assert.Equal("exceeds_authorized", (await _northbank.CaptureAsync(reference, authorization, 1_001))["reason"]);
        var inquiry = await _northbank.InquireCaptureAsync(reference);
        Assert.Equal((HttpStatusCode.OK, "refused", "exceeds_authorized"), (inquiry.Status, inquiry["result"], inquiry["reason"]));
        Assert.Equal("reference_reused", (await _northbank.CaptureAsync(reference, authorization, 1_000))["code"]);
    }

    [Fact]
    public async Task Capture_DeclinedOrUnknownOrOfTheOtherAcquirer_IsRefused()
    {
        var declined = await _northbank.AuthorizeAsync(NewReference("att"), 1_000, "4000000000000002");
        Assert.Equal("authorization_declined", (await _northbank.CaptureAsync(NewReference("op"), declined["external_id"]!, 1_000))["reason"]);
        Assert.Equal("unknown_authorization", (await _northbank.CaptureAsync(NewReference("op"), "nb_nothing", 1_000))["reason"]);
        var (_, authorization) = await AuthorizeAsync(1_000);
        Assert.Equal("unknown_authorization", (await shared.Sandbox.Harbor.CaptureAsync(NewReference("op"), authorization, 1_000))["reason"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.InquireCaptureAsync(NewReference("op"))).Status);
    }

    // The rule is repeated by the database: were the service wrong, this is what would happen.
    [Theory]
    [InlineData("UPDATE authorizations SET captured = amount + 1 WHERE external_id = $1", "authorizations_captured_within_amount")]
    [InlineData("UPDATE authorizations SET reversed_at = now(), captured = 1 WHERE external_id = $1", "authorizations_captured_only_while_held")]
    [InlineData(
        "INSERT INTO captures (acquirer, reference, authorization_id, amount, final, created_at) VALUES ('northbank', $1, $1, 1, true, now())", "captures_taken_or_refused")]
    [InlineData(
        "INSERT INTO captures (acquirer, reference, authorization_id, amount, final, external_id, created_at) VALUES ('northbank', $1, 'nb_nothing', 1, true, $1, now())",
        "captures_authorization_fkey")]
    public async Task Books_PlantedViolation_IsRefusedByTheDatabase(string sql, string constraint)
    {
        var (_, authorization) = await AuthorizeAsync(1_000);
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => shared.Sandbox.QueryAsync(sql, authorization));
        Assert.Equal(constraint, refused.ConstraintName);
    }

    private async Task<(string Attempt, string Authorization)> AuthorizeAsync(long amount)
    {
        var reference = NewReference("att");
        return (reference, (await _northbank.AuthorizeAsync(reference, amount))["external_id"]!);
    }
}
