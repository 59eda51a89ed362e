using System.Net;
using PayFlow.Sandbox.IntegrationTests.Support;
using static PayFlow.Sandbox.IntegrationTests.Support.AcquirerClient;

namespace PayFlow.Sandbox.IntegrationTests.Authorizations;

[Collection(SharedSandbox.Name)]
public sealed class ReverseAuthorizationTests(SharedSandbox shared)
{
    private readonly AcquirerClient _northbank = shared.Sandbox.Northbank;

    [Fact]
    public async Task Reverse_Approved_ReleasesItForGood()
    {
        var reference = NewReference("att");
        var authorization = await _northbank.AuthorizeAsync(reference, 1_500);
        Assert.Equal("reversed", (await _northbank.ReverseAsync(reference))["result"]);
        Assert.Equal("reversed", (await _northbank.ReverseAsync(reference))["result"]);
        Assert.Equal("reversed", (await _northbank.InquireAsync(reference))["state"]);

        // Asked again it may not say "approved": no money is held any more.
        var again = await _northbank.AuthorizeAsync(reference, 1_500);
        Assert.Equal(("declined", "reversed", "hard"), (again["result"], again["decline_code"], again["decline_kind"]));
        var capture = await _northbank.CaptureAsync(NewReference("op"), authorization["external_id"]!, 1_500);
        Assert.Equal((HttpStatusCode.Conflict, "authorization_reversed"), (capture.Status, capture["reason"]));
    }

    [Fact]
    public async Task Reverse_NeverSeen_LeavesATombstoneThatRefusesTheLateAuthorization()
    {
        var reference = NewReference("att");
        Assert.Equal("not_found", (await _northbank.ReverseAsync(reference))["result"]);
        Assert.Equal("not_found", (await _northbank.ReverseAsync(reference))["result"]);
        var late = await _northbank.AuthorizeAsync(reference, 1_500);
        Assert.Equal(("declined", "reversed"), (late["result"], late["decline_code"]));
        Assert.Equal("reversed", (await _northbank.InquireAsync(reference))["state"]);
        var entry = await _northbank.BooksOfAsync(reference);
        Assert.Equal(("reversed", 0L), ((string?)entry?["state"], (long?)entry?["amount"]));
    }

    [Fact]
    public async Task Reverse_Declined_HasNothingToRelease()
    {
        var reference = NewReference("att");
        await _northbank.AuthorizeAsync(reference, 1_500, "4000000000000002");
        Assert.Equal("reversed", (await _northbank.ReverseAsync(reference))["result"]);
        Assert.Equal("declined", (await _northbank.InquireAsync(reference))["state"]);
    }

    [Fact]
    public async Task Reverse_Captured_IsRefused()
    {
        var reference = NewReference("att");
        var authorization = await _northbank.AuthorizeAsync(reference, 1_500);
        await _northbank.CaptureAsync(NewReference("op"), authorization["external_id"]!, 1_000);
        var reversal = await _northbank.ReverseAsync(reference);
        Assert.Equal((HttpStatusCode.Conflict, "refused", "captured"), (reversal.Status, reversal["result"], reversal["reason"]));
        Assert.Equal("captured", (await _northbank.InquireAsync(reference))["state"]);
    }

    [Fact]
    public async Task Reverse_WhileTheAuthorizationIsOnItsWay_NothingIsHeldAfterBoth()
    {
        for (var round = 0; round < 30; round++)
        {
            var reference = NewReference("att");
            var both = await Task.WhenAll(_northbank.AuthorizeAsync(reference, 1_500), _northbank.ReverseAsync(reference));
            // Whoever came first: approved and then reversed, or refused by the tombstone.
            Assert.Contains($"{both[0]["result"]}, {both[1]["result"]}", (string[])["approved, reversed", "declined, not_found"]);
            Assert.Equal("reversed", (await _northbank.InquireAsync(reference))["state"]);
        }
    }
}
