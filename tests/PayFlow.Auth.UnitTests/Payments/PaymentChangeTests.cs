using FsCheck;
using FsCheck.Fluent;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class PaymentChangeTests
{
    [Fact]
    public void Submit_Allowed_WritesHistoryAndEventInOrder()
    {
        var change = Make.Submitted().StartAttempt(Make.NewId(IdPrefix.Attempt), Make.To("northbank"), Make.Now);
        Assert.Equal([1, 2, 3], change.History.Select(entry => entry.Sequence));
        Assert.Equal(["payment.submitted", "risk.assessed", "attempt.started"], change.History.Select(entry => entry.Type));
        Assert.Equal(
            [(null, PaymentStatus.Submitted), (PaymentStatus.Submitted, PaymentStatus.Processing), (PaymentStatus.Processing, PaymentStatus.Processing)],
            change.History.Select(entry => ((PaymentStatus?)entry.Previous, entry.Status)));
        Assert.Equal(["payment.submitted"], change.Events.Select(published => published.Type));
        Assert.Equal(1, change.After.Version);
    }

    [Fact]
    public void Approve_Started_TellsTheLedgerWhatIsHeld()
    {
        var started = Make.Started();
        var change = PaymentChange.Of(started, Make.Now).Approve(started.Attempts[0], "nb_1", Make.Hold, Make.Now);
        var authorized = Assert.Single(change.Events).Message.Authorized;
        Assert.Equal((100, "northbank", "nb_1", started.Attempts[0].Reference), (authorized.Amount, authorized.Acquirer, authorized.ExternalId, authorized.Reference));
        Assert.Equal(started.Authorization!.Id.ToString(), authorized.OperationId);
        Assert.Equal(2, Assert.Single(change.Events).Sequence);
        Assert.Equal(100, change.After.Amounts.Authorized);
        Assert.True(change.EndsAuthorization);
        Assert.Equal(started.Version + 1, change.After.Version);
    }

    [Fact]
    public void Decline_ByRisk_NamesNoAcquirerAndEndsAtOnce()
    {
        var change = Make.Submitted(risk: new RiskView(91, RiskView.Block, [], false)).DeclineByRisk(Authorizing.BlockedByRisk, Make.Now);
        Assert.Equal(PaymentStatus.Declined, change.After.Status);
        Assert.Equal("", change.Events[^1].Message.Declined.Acquirer);
        Assert.Empty(change.After.Attempts);
        Assert.True(change.EndsAuthorization);
    }

    [Fact]
    public void Fail_Reversed_HoldsNothing()
    {
        var failed = Make.Failed();
        Assert.Equal((PaymentStatus.Failed, 0L, AttemptState.Reversed), (failed.Status, failed.Amounts.Authorized, failed.Attempts[0].State));
    }

    [Fact]
    public void Unanswered_Twice_IsOneLineOfHistoryAndTwoTries()
    {
        var started = Make.Started();
        var first = PaymentChange.Of(started, Make.Now).Unanswered(started.Attempts[0]);
        var second = PaymentChange.Of(first.After, Make.Now).Unanswered(first.After.Attempts[0]);
        Assert.Equal("attempt.unknown", Assert.Single(first.History).Type);
        Assert.Empty(second.History);
        Assert.Equal((AttemptState.Unknown, 2), (second.After.Attempts[0].State, second.After.Attempts[0].Tries));
        Assert.Equal(started.Attempts[0].Reference, second.After.Attempts[0].Reference);
    }

    [Fact]
    public void NotProcessed_ThenAnotherAcquirer_HasAReferenceOfItsOwn()
    {
        var started = Make.Started();
        var change = PaymentChange.Of(started, Make.Now).NotProcessed(started.Attempts[0], Make.Now).StartAttempt(Make.NewId(IdPrefix.Attempt), Make.To("harbor"), Make.Now);
        Assert.Equal([AttemptState.NotProcessed, AttemptState.Started], change.After.Attempts.Select(attempt => attempt.State));
        Assert.Equal(2, change.After.Attempts.Select(attempt => attempt.Reference).Distinct().Count());
        Assert.Equal(2, change.Attempts.Count());
    }

    [Theory]
    [InlineData(40, false, 60, 0, false)]   // more to come
    [InlineData(40, true, 0, 60, true)]     // the rest is released
    [InlineData(100, false, 0, 0, true)]    // everything: final by itself
    public void Captured_Amount_SaysWhatRemains(long amount, bool isFinal, long remaining, long released, bool saysFinal)
    {
        var capturing = Make.Capturing(Make.Authorized(), amount, isFinal);
        var change = PaymentChange.Of(capturing, Make.Now).Captured(capturing.Pending!, capturing.OpenAttempt(capturing.Pending!)!, "nbc_1", 32, new DayEnd("Europe/Berlin", new TimeOnly(18, 0)), Make.Now);
        var told = Assert.Single(change.Events).Message.Captured;
        Assert.Equal((amount, remaining, saysFinal, 32L, "Europe/Berlin", "18:00", "nbc_1", "nb_1"), (told.Amount, told.Remaining, told.IsFinal, told.Fee, told.SettlementZone, told.SettlementCutoff, told.ExternalCaptureId, told.ExternalId));
        Assert.Equal((amount, released, 0L, 0L), (change.After.Amounts.Captured, change.After.Amounts.Released, change.After.Amounts.Capturing, change.After.Amounts.Releasing));
        Assert.Equal(32, change.After.Operations[^1].Fee);
    }

    [Fact]
    public void Captured_FinalAfterARefusedOne_ReleasesAlsoWhatThatHadReserved()
    {
        var both = Make.Capturing(Make.Capturing(Make.Authorized(), 60, key: "first"), 40, key: "second");
        Assert.True(both.Operations[^1].IsFinal);
        var refused = Make.Change(both, (change, payment) => change.CaptureRefused(payment.Pending!, payment.OpenAttempt(payment.Pending!)!, "closed", Make.Now));
        Assert.False(PaymentActions.Check(PaymentAction.Capture, refused, Make.Now).Allowed);
        var captured = Make.Change(refused, (change, payment) => change.Captured(payment.Pending!, payment.OpenAttempt(payment.Pending!)!, "nbc_2", 1, Make.DayEnd, Make.Now));
        Assert.Equal((40L, 60L, PaymentStatus.Captured), (captured.Amounts.Captured, captured.Amounts.Released, captured.Status));
    }

    [Fact]
    public void CaptureRefused_Final_FreesWhatWasReserved()
    {
        var capturing = Make.Capturing(Make.Authorized(), 40, isFinal: true);
        var refused = Make.Change(capturing, (change, payment) => change.CaptureRefused(payment.Pending!, payment.OpenAttempt(payment.Pending!)!, "closed", Make.Now));
        Assert.Equal(100, refused.Amounts.Uncaptured);
        Assert.True(PaymentActions.Check(PaymentAction.Capture, refused, Make.Now).Allowed);
    }

    [Fact]
    public void Voided_Authorized_TellsWhatIsReleased()
    {
        var voiding = Make.Voiding(Make.Authorized());
        var change = PaymentChange.Of(voiding, Make.Now).Voided(voiding.Pending!, voiding.OpenAttempt(voiding.Pending!)!, Make.Now);
        Assert.Equal((100L, voiding.Authorization!.Id.ToString()), (change.Events[0].Message.Voided.Amount, change.Events[0].Message.Voided.AuthorizeOperationId));
        Assert.Equal(PaymentStatus.Voided, change.After.Status);
    }

    [Fact]
    public void VoidRefused_Authorized_StandsAsBefore()
    {
        var voiding = Make.Voiding(Make.Authorized());
        var refused = Make.Change(voiding, (change, payment) => change.VoidRefused(payment.Pending!, payment.OpenAttempt(payment.Pending!)!, "captured", Make.Now));
        Assert.Equal((PaymentStatus.Authorized, 100L), (refused.Status, refused.Amounts.Uncaptured));
    }

    [Fact]
    public void Expired_NothingCaptured_IsReversedFirstAndTellsWhatIsReleased()
    {
        var expiring = Make.Expiring(Make.Authorized());
        Assert.Equal((100L, 0L, AttemptState.Started), (expiring.Amounts.Releasing, expiring.Amounts.Uncaptured, expiring.OpenAttempt(expiring.Pending!)!.State));
        var change = PaymentChange.Of(expiring, Make.Now).Expired(expiring.Pending!, expiring.OpenAttempt(expiring.Pending!), Make.Now);
        var told = Assert.Single(change.Events).Message.Expired;
        Assert.Equal((100L, expiring.Pending!.Id.ToString(), expiring.Authorization!.Id.ToString()), (told.Amount, told.OperationId, told.AuthorizeOperationId));
        Assert.Equal((PaymentStatus.Expired, 100L, 0L), (change.After.Status, change.After.Amounts.Released, change.After.Amounts.Releasing));
        Assert.DoesNotContain(change.After.Attempts, attempt => attempt.IsOpen);
    }

    [Fact]
    public void ReserveExpiry_CapturedInPart_ReleasesTheRestAtOnce()
    {
        var captured = Make.Captured(Make.Authorized(), 40);
        var change = PaymentChange.Of(captured, Make.Now).ReserveExpiry(Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), Make.Now);
        Assert.Equal(60, Assert.Single(change.Events).Message.Expired.Amount);
        Assert.Equal((PaymentStatus.Captured, 60L, 0L, null), (change.After.Status, change.After.Amounts.Released, change.After.Amounts.Uncaptured, change.After.Pending));
        Assert.Equal(captured.Attempts.Length, change.After.Attempts.Length);
    }

    [Fact]
    public void Steps_AnyOrder_KeepTheDatabasesRulesAndTheSequences() => Prop.ForAll<int[]>(choices =>
    {
        var payment = Make.Authorized(1_000);
        var (history, events) = (payment.HistorySequence, payment.EventSequence);
        foreach (var choice in choices)
        {
            var change = Walk.Step(payment, Math.Abs((long)choice));
            if (change is null)
            {
                continue;
            }

            var isRight = DatabaseRules.Hold(change.After.Amounts, 1_000)
                && change.After.Version == payment.Version + 1
                && change.History.Select(entry => entry.Sequence).SequenceEqual(Enumerable.Range(1, change.History.Count).Select(i => history + i))
                && change.Events.Select(published => published.Sequence).SequenceEqual(Enumerable.Range(1, change.Events.Count).Select(i => events + i))
                && change.History.All(entry => entry.Previous is not null)
                && change.History[^1].Status == change.After.Status;
            if (!isRight)
            {
                return false;
            }

            payment = change.After;
            (history, events) = (payment.HistorySequence, payment.EventSequence);
        }

        var captured = payment.Operations.Where(operation => operation is { Kind: OperationKind.Capture, State: OperationState.Succeeded }).Sum(operation => operation.Amount);
        return captured == payment.Amounts.Captured && payment.Amounts.Capturing == payment.Operations.Where(Walk.IsCapturing).Sum(operation => operation.Amount);
    }).QuickCheckThrowOnFailure();

    /// <summary>What could happen next, chosen by a number.</summary>
    private static class Walk
    {
        public static bool IsCapturing(Operation operation) => operation is { Kind: OperationKind.Capture, State: OperationState.Pending };

        public static PaymentChange? Step(Payment payment, long choice)
        {
            var change = PaymentChange.Of(payment, Make.Now);
            var pending = payment.Pending;
            return (choice % 5) switch
            {
                0 when PaymentActions.Check(PaymentAction.Capture, payment, Make.Now).Allowed => change.ReserveCapture(
                    Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), 1 + (choice % payment.Amounts.Uncaptured), choice % 7 == 0, "c", Make.Now),
                1 when PaymentActions.Check(PaymentAction.Void, payment, Make.Now).Allowed =>
                    change.ReserveVoid(Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), "v", Make.Now),
                2 when pending is { Kind: OperationKind.Capture } => choice % 5 == 0
                    ? change.CaptureRefused(pending, payment.OpenAttempt(pending)!, "no", Make.Now)
                    : change.Captured(pending, payment.OpenAttempt(pending)!, "nbc", 1, Make.DayEnd, Make.Now),
                2 when pending is { Kind: OperationKind.Void } => choice % 5 == 0
                    ? change.VoidRefused(pending, payment.OpenAttempt(pending)!, "no", Make.Now)
                    : change.Voided(pending, payment.OpenAttempt(pending)!, Make.Now),
                2 when pending is { Kind: OperationKind.Expire } => change.Expired(pending, payment.OpenAttempt(pending), Make.Now),
                4 when pending is null && payment.HoldEndsAt is not null => change.ReserveExpiry(Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), Make.Now),
                3 when payment.Amounts.Captured > payment.Amounts.Settled => change.Settled(payment.Operations.First(operation => operation.Kind == OperationKind.Capture), 1, "itm"),
                _ => null,
            };
        }
    }
}
