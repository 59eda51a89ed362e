using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Authorizations;

[Collection(SharedSandbox.Name)]
public sealed class AuthorizeTests(SharedSandbox shared)
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    [Theory]
    [InlineData(GoodCard, "approved", null, null)]
    [InlineData("4000000000000002", "declined", "card_declined", "hard")]
    [InlineData("4000000000009995", "declined", "insufficient_funds", "soft")]
    [InlineData("5555555555554444", "approved", null, null)]
    public async Task Authorize_Card_IsAnsweredAndInTheBooks(string card, string result, string? code, string? kind)
    {
        var reference = NewReference("att");
        var answer = await _northbank.AuthorizeAsync(reference, 1_500, card);
        Assert.Equal((HttpStatusCode.OK, reference, result, code, kind), (answer.Status, answer["reference"], answer["result"], answer["decline_code"], answer["decline_kind"]));
        Assert.StartsWith("nb_", answer["external_id"], StringComparison.Ordinal);

        var inquiry = await _northbank.InquireAsync(reference);
        Assert.Equal((answer["external_id"], result), (inquiry["external_id"], inquiry["state"]));
        var entry = await _northbank.BooksOfAsync(reference);
        Assert.Equal((answer["external_id"], result, 1_500L, "USD"), ((string?)entry?["external_id"], (string?)entry?["state"], (long?)entry?["amount"], (string?)entry?["currency"]));
    }

    [Fact]
    public async Task Authorize_SameReferenceFiftyTimesAtOnce_IsOneAuthorization()
    {
        var reference = NewReference("att");
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _northbank.AuthorizeAsync(reference, 1_500)));
        Assert.All(answers, answer => Assert.Equal("approved", answer["result"]));
        Assert.Single(answers.Select(answer => answer["external_id"]).Distinct());
        Assert.Equal(1L, await shared.Sandbox.QueryAsync("SELECT count(*) FROM authorizations WHERE reference = $1", reference));
    }

    [Fact]
    public async Task Authorize_SameReferenceAtTheOtherAcquirer_IsAnotherAuthorization()
    {
        var reference = NewReference("att");
        var here = await _northbank.AuthorizeAsync(reference, 1_500);
        var there = await shared.Sandbox.Harbor.AuthorizeAsync(reference, 1_500);
        Assert.StartsWith("hb_", there["external_id"], StringComparison.Ordinal);
        Assert.NotEqual(here["external_id"], there["external_id"]);
    }

    [Fact]
    public async Task Authorize_SameReferenceOtherAmount_IsRefusedAndChangesNothing()
    {
        var reference = NewReference("att");
        await _northbank.AuthorizeAsync(reference, 1_500);
        var other = await _northbank.AuthorizeAsync(reference, 1_600);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "reference_reused"), (other.Status, other["code"]));
        Assert.Equal(1_500L, (long?)(await _northbank.BooksOfAsync(reference))?["amount"]);
    }

    [Fact]
    public async Task Authorize_WrongRequest_NamesEveryFieldAndIsNotInTheBooks()
    {
        var reference = NewReference("att");
        var answer = await _northbank.PostAsync("authorizations", new { reference, amount = -1, currency = "XXX", card = new { number = "4242-4242", exp_month = 13 } });
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            ["amount", "card.exp_month", "card.exp_year", "card.number", "currency", "merchant"],
            answer.Json!["errors"]!.AsArray().Select(error => (string?)error!["param"]).Distinct().Order());
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.InquireAsync(reference)).Status);
    }

    [Fact]
    public async Task Inquire_NeverSeen_Is404ButAnUnknownAcquirerIsNot()
    {
        using var nobody = new AcquirerClient(shared.Sandbox.Address, "nobody");
        Assert.Equal(HttpStatusCode.NotFound, (await _northbank.InquireAsync(NewReference("att"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await nobody.InquireAsync(NewReference("att"))).Status);
    }

    [Fact]
    public async Task Authorize_Cards_LeaveNoNumberInLogOrDatabase()
    {
        await _northbank.AuthorizeAsync(NewReference("att"), 1_500);
        await _northbank.PostAsync("authorizations", new { card = new { number = GoodCard } });
        Assert.DoesNotContain(shared.Sandbox.Log, line => line.Contains(GoodCard, StringComparison.Ordinal));
        Assert.Equal(0L, await shared.Sandbox.QueryAsync("SELECT count(*) FROM authorizations a WHERE a::text LIKE $1", $"%{GoodCard}%"));
        Assert.NotEqual(0L, await shared.Sandbox.QueryAsync("SELECT count(*) FROM authorizations a WHERE a::text LIKE $1", "%424242******4242%"));
    }
}
