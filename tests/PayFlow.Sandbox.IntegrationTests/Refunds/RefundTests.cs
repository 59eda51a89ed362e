using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Refunds;

[Collection(SharedSandbox.Name)]
public sealed class RefundTests(SharedSandbox shared) : IAsyncLifetime
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _northbank.CalmAsync();

    [Fact]
    public async Task Refund_SameReferenceFiftyTimesAtOnce_IsOneRefund()
    {
        var (attempt, authorization, _) = await _northbank.PayInFullAsync(1_500);
        var reference = NewReference("op");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.RefundAsync(reference, authorization, 1_000)));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.OK, "refunded", reference), (answer.Status, answer["result"], answer["reference"])));
        var id = Assert.Single(answers.Select(answer => answer["external_id"]).Distinct());
        Assert.StartsWith("nbr_", id, StringComparison.Ordinal);

        var entry = (await _northbank.BooksOfAsync(attempt))!;
        Assert.Equal((1_500L, 1_000L, 0L, "captured"), ((long)entry["captured"]!, (long)entry["refunded"]!, (long)entry["refunds_settled"]!, (string?)entry["state"]));
        var refund = Assert.Single(entry["refunds"]!.AsArray())!;
        Assert.Equal((reference, id, 1_000L), ((string?)refund["reference"], (string?)refund["external_id"], (long)refund["amount"]!));
        var inquiry = await _northbank.GetAsync($"refunds?reference={reference}");
        Assert.Equal((HttpStatusCode.OK, "refunded", id), (inquiry.Status, inquiry["result"], inquiry["external_id"]));
    }

    [Fact]
    public async Task Refund_FiftyPartsAtOnce_NeverExceedWhatWasCaptured()
    {
        var (attempt, authorization, _) = await _northbank.PayInFullAsync(1_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.RefundAsync(NewReference("op"), authorization, 100)));
        Assert.Equal(10, answers.Count(answer => answer["result"] == "refunded"));
        Assert.All(
            answers.Where(answer => answer["result"] != "refunded"),
            answer => Assert.Equal((HttpStatusCode.UnprocessableEntity, "refused", "exceeds_captured"), (answer.Status, answer["result"], answer["reason"])));
        Assert.Equal(1_000L, (long?)(await _northbank.BooksOfAsync(attempt))?["refunded"]);
    }

    [Fact]
    public async Task Refund_Refused_StaysRefusedUnderItsReference()
    {
        var authorization = (await _northbank.AuthorizeAsync(NewReference("att"), 1_000))["external_id"]!;
        var reference = NewReference("op");
        var refused = await _northbank.RefundAsync(reference, authorization, 500);
        Assert.Equal((HttpStatusCode.Conflict, "not_captured"), (refused.Status, refused["reason"]));
        await _northbank.CaptureAsync(NewReference("op"), authorization, 1_000);
        Assert.Equal("not_captured", (await _northbank.RefundAsync(reference, authorization, 500))["reason"]);   // it could be taken by now
        var inquiry = await _northbank.GetAsync($"refunds?reference={reference}");
        Assert.Equal((HttpStatusCode.OK, "refused", "not_captured"), (inquiry.Status, inquiry["result"], inquiry["reason"]));
        Assert.Equal("reference_reused", (await _northbank.RefundAsync(reference, authorization, 501))["code"]);
    }

    [Fact]
    public async Task Refund_SameReferenceForTwoAuthorizationsAtOnce_IsOfOne()
    {
        for (var round = 0; round < 10; round++)
        {
            var (one, two) = (await _northbank.PayInFullAsync(1_000), await _northbank.PayInFullAsync(1_000));
            var reference = NewReference("op");
            var answers = await Task.WhenAll(_northbank.RefundAsync(reference, one.Authorization, 400), _northbank.RefundAsync(reference, two.Authorization, 400));
            Assert.Equal(["reference_reused", "refunded"], answers.Select(answer => answer["code"] ?? answer["result"]).Order());
            var books = await _northbank.BooksAsync();
            Assert.Equal([0L, 400L], new[] { one, two }.Select(paid => (long)books[paid.Attempt]["refunded"]!).Order());
        }
    }

    [Fact]
    public async Task Refund_UnknownOrOfTheOtherAcquirer_IsRefused()
    {
        var (_, authorization, _) = await _northbank.PayInFullAsync(1_000);
        var unknown = await _northbank.RefundAsync(NewReference("op"), "nb_nothing", 1_000);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "unknown_authorization"), (unknown.Status, unknown["reason"]));
        Assert.Equal("unknown_authorization", (await shared.Sandbox.Harbor.RefundAsync(NewReference("op"), authorization, 1_000))["reason"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.GetAsync($"refunds?reference={NewReference("op")}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _northbank.RefundAsync(NewReference("op"), authorization, 0)).Status);
    }

    [Fact]
    public async Task Refund_ReplyLost_WasDoneOnce()
    {
        var (attempt, authorization, _) = await _northbank.PayInFullAsync(1_000);
        var reference = NewReference("op");
        await _northbank.MisbehaveAsync(new { lost_reply_rate = 1.0 });
        await Assert.ThrowsAsync<HttpRequestException>(() => _northbank.RefundAsync(reference, authorization, 600));
        await _northbank.CalmAsync();
        Assert.Equal("refunded", (await _northbank.RefundAsync(reference, authorization, 600))["result"]);
        Assert.Equal(600L, (long?)(await _northbank.BooksOfAsync(attempt))?["refunded"]);
    }

    // The rule is repeated by the database: were the service wrong, this is what would happen.
    [Theory]
    [InlineData("UPDATE authorizations SET refunded = captured + 1 WHERE external_id = $1", "authorizations_refunded_within_captured")]
    [InlineData("UPDATE authorizations SET refunded = 1, voided = captured WHERE external_id = $1", "authorizations_refunded_within_captured")]
    [InlineData("INSERT INTO refunds (acquirer, reference, authorization_id, amount, created_at) VALUES ('northbank', $1, $1, 1, now())", "refunds_taken_or_refused")]
    [InlineData(
        "INSERT INTO refunds (acquirer, reference, authorization_id, amount, external_id, created_at) VALUES ('northbank', $1, 'nb_nothing', 1, $1, now())",
        "refunds_authorization_fkey")]
    public async Task Books_PlantedViolation_IsRefusedByTheDatabase(string sql, string constraint)
    {
        var (_, authorization, _) = await _northbank.PayInFullAsync(1_000);
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => shared.Sandbox.QueryAsync(sql, authorization));
        Assert.Equal(constraint, refused.ConstraintName);
    }
}
