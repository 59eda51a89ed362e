using PayFlow.Auth.Payments;
using PayFlow.Auth.Previews;
using PayFlow.Auth.UnitTests.Payments;

namespace PayFlow.Auth.UnitTests.Previews;

public sealed class SupposeTests
{
    private static readonly Terms Terms = new("northbank", Make.Hold, amount => amount.MinorUnits / 10, Make.DayEnd);

    public static TheoryData<string, PaymentStatus> Cases() => new()
    {
        { "confirmed", PaymentStatus.Authorized },
        { "to be authenticated", PaymentStatus.Authorized },
        { "challenged", PaymentStatus.Authorized },
        { "processing", PaymentStatus.Authorized },
        { "authorized", PaymentStatus.Authorized },
        { "capturing in part", PaymentStatus.PartiallyCaptured },
        { "capturing all", PaymentStatus.Captured },
        { "voiding", PaymentStatus.Voided },
        { "expiring", PaymentStatus.Expired },
        { "refunding in part", PaymentStatus.PartiallyRefunded },
        { "refunding all, way not decided", PaymentStatus.Refunded },
        { "voiding the capture", PaymentStatus.Refunded },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Success_WhateverIsPending_ComesToItsEnd(string state, PaymentStatus status)
    {
        var supposed = Suppose.Success(PaymentChange.Of(States.Canonical[state].Payment, Make.Now), Terms, Make.Now);
        Assert.Equal(status, supposed.After.Status);
        Assert.Null(supposed.After.Pending);
    }

    [Fact]
    public void Success_OfEveryState_EndsAndTheDatabaseWouldTakeIt()
    {
        foreach (var (_, (payment, _)) in States.Canonical)
        {
            var supposed = Suppose.Success(PaymentChange.Of(payment, Make.Now), Terms, Make.Now).After;
            Assert.True(DatabaseRules.Hold(supposed.Amounts, payment.Amount.MinorUnits), $"{payment.Status} {supposed.Amounts}");
        }
    }

    [Fact]
    public void Success_DraftThatCapturesByItself_HoldsAndCaptures()
    {
        var draft = Make.Draft() with { CaptureAutomatically = true };
        var supposed = Suppose.Success(PaymentChange.Of(draft, Make.Now).Confirm(Make.NewId(IdPrefix.Operation), "confirm", Make.Now), Terms, Make.Now);
        Assert.Equal(["payment.submitted", "payment.authorized", "payment.captured"], supposed.Events.Select(told => told.Type));
        Assert.Equal(10, supposed.After.Operations[^1].Fee);
    }

    [Fact]
    public void Success_WholeRefundOfWhatIsSettled_IsNoVoid()
    {
        var settled = Make.Settled(Make.Captured(Make.Authorized(), 100), 100);
        var supposed = Suppose.Success(PaymentChange.Of(Make.Refunding(settled, 100), Make.Now), Terms, Make.Now);
        Assert.False(supposed.After.Operations[^1].VoidsCapture);
        Assert.Equal(["payment.refund_requested", "payment.refunded"], supposed.Events.Select(told => told.Type));
    }
}
