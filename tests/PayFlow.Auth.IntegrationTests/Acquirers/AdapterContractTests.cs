using System.Text.Json.Nodes;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Vault;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.IntegrationTests.Acquirers;

/// <summary>
/// What every adapter promises, whatever its acquirer speaks: northbank JSON, harbor XML, meridian forms. One suite for the three, against the Sandbox's own books.
/// </summary>
[Collection(OneWorld.Name)]
public sealed class AdapterContractTests(World world) : HostedTests(world)
{
    private const string Good = "4242424242424242";

    private static readonly string[] Names = ["northbank", "harbor", "meridian"];

    public static TheoryData<string> Acquirers() => [.. Names];

    public static TheoryData<string, string, string, DeclineKind> Declines()
    {
        (string Card, string Code, DeclineKind Kind)[] cards =
        [
            ("4000000000000002", DeclineCodes.CardDeclined, DeclineKind.Hard),
            ("4000000000009995", DeclineCodes.InsufficientFunds, DeclineKind.Soft),
            ("4000000000009987", DeclineCodes.LostCard, DeclineKind.Hard),
            ("4000000000009979", DeclineCodes.StolenCard, DeclineKind.Hard),
            ("4000000000000069", DeclineCodes.ExpiredCard, DeclineKind.Hard),
            ("4000000000000127", DeclineCodes.IncorrectCvc, DeclineKind.Hard),
            ("4000000000000119", DeclineCodes.ProcessingError, DeclineKind.Soft),
            ("4000000000003220", DeclineCodes.AuthenticationRequired, DeclineKind.Soft),
            ("4242424242424241", DeclineCodes.IncorrectNumber, DeclineKind.Hard),
        ];
        var all = new TheoryData<string, string, string, DeclineKind>();
        foreach (var acquirer in Names)
        {
            foreach (var (card, code, kind) in cards)
            {
                all.Add(acquirer, card, code, kind);
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Authorize_GoodCard_IsApprovedUnderOneIdHoweverOftenItIsAsked(string acquirer)
    {
        var call = Call();
        var first = await AuthorizeAsync(acquirer, call);
        var second = await AuthorizeAsync(acquirer, call);
        Assert.Equal((AuthorizationResult.Approved, null), (first.Result, first.Code));
        Assert.Equal(first, second);
        var there = Assert.Single(await World.Acquirers.BooksAsync([call.Reference]));
        Assert.Equal((acquirer, first.ExternalId, "approved", 1500L), ((string?)there["acquirer"], (string?)there["external_id"], (string?)there["state"], (long)there["amount"]!));
    }

    [Theory]
    [MemberData(nameof(Declines))]
    public async Task Authorize_DecliningCard_IsDeclinedInOurWords(string acquirer, string card, string code, DeclineKind kind)
    {
        var call = Call(card: card);
        var answer = await AuthorizeAsync(acquirer, call);
        Assert.Equal((AuthorizationResult.Declined, code, kind), (answer.Result, answer.Code, answer.Kind));
        Assert.NotNull(answer.ExternalId);
        Assert.Equal(answer, await Adapter(acquirer).InquireAsync(call.Reference, CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Authorize_NetworkAway_IsDeclinedSoftly(string acquirer)
    {
        await using var chaos = await World.Acquirers.MisbehaveAsync(acquirer, new JsonObject { ["network_away"] = true });
        Assert.Equal((AuthorizationResult.Declined, DeclineCodes.IssuerUnavailable, DeclineKind.Soft), await AuthorizeAsync(acquirer, Call()) is var answer ? (answer.Result, answer.Code, answer.Kind) : default);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Authorize_PayerAuthenticated_IsToldAndApproved(string acquirer) =>
        Assert.Equal(AuthorizationResult.Approved, (await AuthorizeAsync(acquirer, Call(card: "4000000000003220") with { Authenticated = true })).Result);

    // 15.00, 1500 and 1.500: decimals are not the same everywhere.
    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Authorize_CurrenciesWithOtherDecimals_ArriveToTheMinorUnit(string acquirer)
    {
        foreach (var (code, amount) in new[] { ("USD", 1L), ("USD", 123_456_789L), ("JPY", 1_501L), ("KWD", 1_501L), ("USD", Money.MaxMinorUnits) })
        {
            var call = Call(new Money(amount, Currency.Parse(code)));
            Assert.Equal(AuthorizationResult.Approved, (await AuthorizeAsync(acquirer, call)).Result);
            var there = Assert.Single(await World.Acquirers.BooksAsync([call.Reference]));
            Assert.Equal((amount, code), ((long)there["amount"]!, (string?)there["currency"]));
        }
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Authorize_RequestThatIsWrong_IsRefusedAndNotInTheBooks(string acquirer)
    {
        var call = Call(card: "4242");
        Assert.Equal(AuthorizationAnswer.Refused, await AuthorizeAsync(acquirer, call));
        Assert.Empty(await World.Acquirers.BooksAsync([call.Reference]));
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Authorize_ReferenceOfAnotherRequest_IsUnclear(string acquirer)
    {
        var call = Call();
        await AuthorizeAsync(acquirer, call);
        var failed = await Assert.ThrowsAsync<AcquirerFailedException>(() => AuthorizeAsync(acquirer, call with { Amount = new Money(1501, Currency.Usd) }));
        Assert.True(failed.OutcomeUnknown);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Inquire_NeverSeen_IsNothing(string acquirer) => Assert.Null(await Adapter(acquirer).InquireAsync(Reference(), CancellationToken.None));

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Capture_InParts_IsTakenOnceEachAndNeverBeyond(string acquirer)
    {
        var held = Call();
        var part = Capture(held, await AuthorizeAsync(acquirer, held), 500, isFinal: false);
        var first = await Adapter(acquirer).CaptureAsync(part, CancellationToken.None);
        Assert.NotNull(first.ExternalId);
        Assert.Equal(first, await Adapter(acquirer).CaptureAsync(part, CancellationToken.None));
        Assert.Equal("exceeds_authorized", (await Adapter(acquirer).CaptureAsync(part with { Reference = Reference(), Amount = new Money(1001, Currency.Usd) }, CancellationToken.None)).Reason);
        Assert.NotNull((await Adapter(acquirer).CaptureAsync(part with { Reference = Reference(), IsFinal = true }, CancellationToken.None)).ExternalId);
        Assert.Equal("authorization_closed", (await Adapter(acquirer).CaptureAsync(part with { Reference = Reference() }, CancellationToken.None)).Reason);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Capture_NothingHeld_IsRefusedWithTheReason(string acquirer)
    {
        var poor = Call(card: "4000000000000002");
        var declined = await AuthorizeAsync(acquirer, poor);
        var held = Call();
        var reversed = await AuthorizeAsync(acquirer, held);
        await Adapter(acquirer).ReverseAsync(held.Reference, CancellationToken.None);
        Assert.Equal("authorization_declined", await ReasonAsync(poor, declined));
        Assert.Equal("authorization_reversed", await ReasonAsync(held, reversed));
        Assert.Equal("unknown_authorization", await ReasonAsync(held, reversed with { ExternalId = "nobody_1" }));

        async Task<string?> ReasonAsync(AuthorizationCall of, AuthorizationAnswer authorization) =>
            (await Adapter(acquirer).CaptureAsync(Capture(of, authorization, 1), CancellationToken.None)).Reason;
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Capture_IdOfAnotherAuthorization_IsRefusedAndTakesNothing(string acquirer)
    {
        var (mine, other) = (Call(), Call());
        var (authorization, another) = (await AuthorizeAsync(acquirer, mine), await AuthorizeAsync(acquirer, other));
        Assert.Equal(OperationAnswer.UnknownAuthorization, (await Adapter(acquirer).CaptureAsync(Capture(mine, another), CancellationToken.None)).Reason);
        Assert.Equal([0, 0], (await World.Acquirers.BooksAsync([mine.Reference, other.Reference])).Select(entry => (long)entry["captured"]!));
        Assert.NotNull((await Adapter(acquirer).CaptureAsync(Capture(mine, authorization), CancellationToken.None)).ExternalId);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Refund_OfWhatWasCaptured_IsTakenOnceAndNeverBeyond(string acquirer)
    {
        var held = Call();
        var authorization = await AuthorizeAsync(acquirer, held);
        var refund = new RefundCall(Reference(), authorization.ExternalId!, new Money(600, Currency.Usd));
        Assert.Equal("not_captured", (await Adapter(acquirer).RefundAsync(refund with { Reference = Reference() }, CancellationToken.None)).Reason);
        await Adapter(acquirer).CaptureAsync(Capture(held, authorization), CancellationToken.None);
        var first = await Adapter(acquirer).RefundAsync(refund, CancellationToken.None);
        Assert.NotNull(first.ExternalId);
        Assert.Equal(first, await Adapter(acquirer).RefundAsync(refund, CancellationToken.None));
        Assert.Equal("exceeds_captured", (await Adapter(acquirer).RefundAsync(refund with { Reference = Reference(), Amount = new Money(901, Currency.Usd) }, CancellationToken.None)).Reason);
        Assert.Equal("unknown_authorization", (await Adapter(acquirer).RefundAsync(refund with { Reference = Reference(), Authorization = "nobody_1" }, CancellationToken.None)).Reason);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task VoidCapture_NotSettled_IsTakenOnce(string acquirer)
    {
        var held = Call();
        var capture = await Adapter(acquirer).CaptureAsync(Capture(held, await AuthorizeAsync(acquirer, held)), CancellationToken.None);
        var undo = new CaptureVoidCall(Reference(), capture.ExternalId!);
        var first = await Adapter(acquirer).VoidCaptureAsync(undo, CancellationToken.None);
        Assert.NotNull(first.ExternalId);
        Assert.Equal(first, await Adapter(acquirer).VoidCaptureAsync(undo, CancellationToken.None));
        Assert.Equal("voided", (await Adapter(acquirer).VoidCaptureAsync(undo with { Reference = Reference() }, CancellationToken.None)).Reason);
        Assert.Equal("unknown_capture", (await Adapter(acquirer).VoidCaptureAsync(new CaptureVoidCall(Reference(), "nobody_1"), CancellationToken.None)).Reason);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Reverse_Held_HoldsNothingAndSaysSoAgain(string acquirer)
    {
        var call = Call();
        await AuthorizeAsync(acquirer, call);
        Assert.Null((await Adapter(acquirer).ReverseAsync(call.Reference, CancellationToken.None)).Reason);
        Assert.Null((await Adapter(acquirer).ReverseAsync(call.Reference, CancellationToken.None)).Reason);
        Assert.Equal(DeclineCodes.Reversed, (await Adapter(acquirer).InquireAsync(call.Reference, CancellationToken.None))?.Code);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Reverse_NeverSeen_BurnsTheReference(string acquirer)
    {
        var call = Call();
        Assert.Null((await Adapter(acquirer).ReverseAsync(call.Reference, CancellationToken.None)).Reason);
        var late = await AuthorizeAsync(acquirer, call);
        Assert.Equal((AuthorizationResult.Declined, DeclineCodes.Reversed, DeclineKind.Hard), (late.Result, late.Code, late.Kind));
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task Reverse_Captured_IsRefused(string acquirer)
    {
        var call = Call();
        await Adapter(acquirer).CaptureAsync(Capture(call, await AuthorizeAsync(acquirer, call)), CancellationToken.None);
        Assert.Equal("captured", (await Adapter(acquirer).ReverseAsync(call.Reference, CancellationToken.None)).Reason);
    }

    [Theory]
    [MemberData(nameof(Acquirers))]
    public async Task List_PageByPage_IsEverythingOfTheTimeInItsOrder(string acquirer)
    {
        var from = Seconds(TimeProvider.System.GetUtcNow());
        var calls = Enumerable.Range(0, 5).Select(i => Call(new Money(1_000 + i, Currency.Eur), i == 3 ? "4000000000000002" : Good)).ToList();
        foreach (var call in calls)
        {
            await AuthorizeAsync(acquirer, call);
        }

        await Adapter(acquirer).ReverseAsync(calls[4].Reference, CancellationToken.None);
        await Adapter(acquirer).ReverseAsync(Reference(), CancellationToken.None);   // a tombstone is no authorization
        var found = new List<AuthorizationEntry>();
        var page = new AuthorizationPage([], HasMore: true);
        while (page.HasMore)
        {
            page = await Adapter(acquirer).ListAsync(new AuthorizationPageCall(from, from.AddMinutes(5), found.LastOrDefault()?.ExternalId, Limit: 2), CancellationToken.None);
            Assert.InRange(page.Entries.Count, 0, 2);
            found.AddRange(page.Entries);
        }

        var mine = found.Where(entry => calls.Any(call => call.Reference == entry.Reference)).ToList();
        Assert.Equal(calls.Select(call => (call.Reference, Merchant.Merchant.ToString(), call.Amount)), mine.Select(entry => (entry.Reference, entry.Merchant, entry.Amount)));
        Assert.Equal([true, true, true, false, false], mine.Select(entry => entry.Stands));
        Assert.Empty((await Adapter(acquirer).ListAsync(new AuthorizationPageCall(from.AddDays(-2), from.AddDays(-1), null, 10), CancellationToken.None)).Entries);
    }

    [Theory]
    [InlineData("northbank", "error_rate")]
    [InlineData("harbor", "error_rate")]
    [InlineData("meridian", "error_rate")]
    [InlineData("northbank", "lost_reply_rate")]
    [InlineData("harbor", "lost_reply_rate")]
    [InlineData("meridian", "lost_reply_rate")]
    [InlineData("northbank", "timeout_after_rate")]
    [InlineData("harbor", "timeout_after_rate")]
    [InlineData("meridian", "timeout_after_rate")]
    public async Task AnyCall_NoAnswer_IsUnclear(string acquirer, string fault)
    {
        await using var chaos = await World.Acquirers.MisbehaveAsync(acquirer, new JsonObject { [fault] = 1.0 });
        var desk = Host.Get<AcquirerDesk>();
        Func<Task>[] calls =
        [
            () => desk.AuthorizeAsync(acquirer, Call(), again: false, CancellationToken.None),
            () => desk.AuthorizeAsync(acquirer, Call(), again: true, CancellationToken.None),
            () => desk.CaptureAsync(acquirer, Capture(Call(), AuthorizationAnswer.Approved("nb_1")), CancellationToken.None),
            () => desk.ReverseAsync(acquirer, Reference(), CancellationToken.None),
        ];
        var failures = await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<AcquirerFailedException>(call)));
        Assert.All(failures, failure => Assert.True(failure.OutcomeUnknown));
    }

    private IAcquirer Adapter(string acquirer) => AcquirerDesk.FromConfiguration(Host.Get<IServiceProvider>()).Single(adapter => adapter.Name == acquirer);

    private Task<AuthorizationAnswer> AuthorizeAsync(string acquirer, AuthorizationCall call) => Adapter(acquirer).AuthorizeAsync(call, CancellationToken.None);

    private AuthorizationCall Call(Money? amount = null, string card = Good) => new(Reference(), Merchant.Merchant, amount ?? new Money(1500, Currency.Usd), new OpenCard(card, 12, 2030, "123"), Authenticated: false);

    private CaptureCall Capture(AuthorizationCall held, AuthorizationAnswer authorization, long amount = 1500, bool isFinal = true) =>
        new(Reference(), authorization.ExternalId!, held.Reference, new Money(amount, Currency.Usd), isFinal);

    private string Reference() => Id.New(IdPrefix.Attempt, Merchant.Merchant.Slot, TimeProvider.System.GetUtcNow()).ToString();

    private static DateTimeOffset Seconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
