using System.Collections.Immutable;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Vault;

namespace PayFlow.Auth.UnitTests.Payments;

/// <summary>Payments for tests.</summary>
internal static class Make
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 30, 0, TimeSpan.Zero);
    public static readonly TimeSpan Hold = TimeSpan.FromDays(7);
    public static readonly Id Merchant = Id.New(IdPrefix.Merchant, new Slot(7), Now);

    public static readonly DayEnd DayEnd = new("UTC", new TimeOnly(23, 59));

    public static readonly RiskView Allowed = new(12, RiskView.Allow, [], Fallback: false);

    public static RouteChoice To(string acquirer) => new(acquirer, RoutingRules.Default, []);

    public static Id NewId(string prefix) => Id.New(prefix, Merchant.Slot, Now);

    public static KeyRow Key(PaymentRequest request, string key = "key-1")
    {
        var payment = NewId(IdPrefix.Payment);
        return new KeyRow(new KeyName(Merchant, Mode.Test, key), new byte[32], KeyKind.Create, payment, payment, request.ToJson(), Now);
    }

    public static PaymentRequest Request(long amount = 100, bool capture = false) => new()
    {
        Amount = new Money(amount, Currency.Usd),
        CaptureAutomatically = capture,
        Card = new CardView(NewId(IdPrefix.Token), "visa", "42424242", "4242", 12, 2030, "US", "f1"),
        Reference = "order-1",
        Metadata = ImmutableSortedDictionary<string, string>.Empty.Add("cart", "42"),
        Customer = new CustomerFacts("203.0.113.7", null, "US", null, null, null),
    };

    public static BankAccountView Account() => new(NewId(IdPrefix.Token), "110000000", "6789", AccountType.Checking, HolderType.Individual, "a1");

    /// <summary>Judged and waiting for an acquirer.</summary>
    public static PaymentChange Submitted(long amount = 100, bool capture = false, RiskView? risk = null)
    {
        var request = Request(amount, capture);
        return Authorizing.Submit(Key(request), request, risk ?? Allowed, NewId(IdPrefix.Operation), Now);
    }

    public static Payment Started(long amount = 100, bool capture = false) =>
        Submitted(amount, capture).StartAttempt(NewId(IdPrefix.Attempt), To("northbank"), Now).After;

    public static Payment Draft()
    {
        var request = Request();
        return Drafting.Draft(Key(request), request, Now).After;
    }

    public static Payment Confirmed() => Change(Draft(), (change, _) => change.Confirm(NewId(IdPrefix.Operation), "confirm", Now));

    public static Payment ToAuthenticate() => Submitted().RequireAuthentication("risk", Now).After;

    public static Payment Challenged() => Change(ToAuthenticate(), (change, _) => change.Challenge(new Uri("https://bank.example/challenge"), Now + TimeSpan.FromMinutes(10)));

    public static Payment Authorized(long amount = 100) => Change(Started(amount), (change, payment) => change.Approve(payment.Attempts[0], "nb_1", Hold, Now));

    public static Payment Declined() => Change(Started(), (change, payment) => change.Decline("insufficient_funds", payment.Attempts[0], "nb_1", Now));

    public static Payment Failed() => Change(Started(), (change, payment) => change.Fail(Authorizing.AcquirerUnresolved, payment.Attempts[0], AttemptState.Reversed, Now));

    public static Payment Capturing(Payment payment, long amount, bool isFinal = false, string key = "capture") =>
        Change(payment, (change, _) => change.ReserveCapture(NewId(IdPrefix.Operation), NewId(IdPrefix.Attempt), amount, isFinal, key, Now));

    public static Payment Captured(Payment payment, long amount, bool isFinal = false)
    {
        var capturing = Capturing(payment, amount, isFinal);
        return Change(capturing, (change, _) => change.Captured(capturing.Pending!, capturing.OpenAttempt(capturing.Pending!)!, "nbc_1", 3, DayEnd, Now));
    }

    public static Payment Voiding(Payment payment) =>
        Change(payment, (change, _) => change.ReserveVoid(NewId(IdPrefix.Operation), NewId(IdPrefix.Attempt), "void", Now));

    public static Payment Voided(Payment payment)
    {
        var voiding = Voiding(payment);
        return Change(voiding, (change, _) => change.Voided(voiding.Pending!, voiding.OpenAttempt(voiding.Pending!)!, Now));
    }

    public static Payment Expiring(Payment payment) =>
        Change(payment, (change, _) => change.ReserveExpiry(NewId(IdPrefix.Operation), NewId(IdPrefix.Attempt), Now));

    /// <summary>Lapsed and let go of; of a captured one that is one step.</summary>
    public static Payment Expired(Payment payment)
    {
        var expiring = Expiring(payment);
        return expiring.Pending is { } operation ? Change(expiring, (change, _) => change.Expired(operation, expiring.OpenAttempt(operation), Now)) : expiring;
    }

    /// <summary>Asked for; of a whole capture it is not decided yet which way the money goes.</summary>
    public static Payment Refunding(Payment payment, long amount, string key = "refund") => Change(payment, (change, _) => change.ReserveRefund(
        NewId(IdPrefix.Operation), NewId(IdPrefix.Attempt), amount, Auth.Payments.Refunding.WholeCapture(payment, amount, asked: null), key, Now));

    public static Payment GivingBack(Payment refunding, bool byVoid) => Change(refunding, (change, payment) => _ = byVoid
        ? change.StartCaptureVoid(payment.Pending!, NewId(IdPrefix.Attempt), Now)
        : change.StartRefund(payment.Pending!, NewId(IdPrefix.Attempt), Now));

    public static Payment Refunded(Payment payment, long amount, bool byVoid = false)
    {
        var refunding = Refunding(payment, amount);
        var underway = refunding.OpenAttempt(refunding.Pending!) is null ? GivingBack(refunding, byVoid) : refunding;
        return Change(underway, (change, _) => change.Refunded(underway.Pending!, underway.OpenAttempt(underway.Pending!)!, "nbr_1", DayEnd, Now));
    }

    public static Payment RefundRefused(Payment payment, long amount)
    {
        var refunding = Refunding(payment, amount);
        var underway = refunding.OpenAttempt(refunding.Pending!) is null ? GivingBack(refunding, byVoid: false) : refunding;
        return Change(underway, (change, _) => change.RefundRefused(underway.Pending!, underway.OpenAttempt(underway.Pending!)!, "closed_account", Now));
    }

    public static Payment Settled(Payment payment, long amount) =>
        Change(payment, (change, _) => change.Settled(payment.Operations.Last(operation => operation.Kind == OperationKind.Capture), amount, "itm_1"));

    /// <summary>Authorized, with a bank account.</summary>
    public static Payment Debit(long amount = 100)
    {
        var request = Request(amount) with { Method = Account() };
        var started = Authorizing.Submit(Key(request), request, Allowed, NewId(IdPrefix.Operation), Now).StartAttempt(NewId(IdPrefix.Attempt), To("keystone"), Now).After;
        return Change(started, (change, payment) => change.Approve(payment.Attempts[0], "ks_1", Hold, Now));
    }

    public static Payment Returned(Payment payment)
    {
        var capture = payment.Operations.Single(operation => operation is { Kind: OperationKind.Capture, State: OperationState.Succeeded });
        return Change(payment, (change, _) => change.Returned(capture, new BankReturn(NewId(IdPrefix.Operation), capture.Amount, "R01", "ksb_1"), Now));
    }

    /// <summary>Of the last capture.</summary>
    public static Payment Disputed(Payment payment, long amount)
    {
        var capture = payment.Operations.Last(operation => operation is { Kind: OperationKind.Capture, State: OperationState.Succeeded });
        return Change(payment, (change, _) => change.Disputed(new Dispute(NewId(IdPrefix.Dispute), capture.Id, "nbx_1", amount, "fraudulent", Now + TimeSpan.FromDays(30), Now)));
    }

    /// <summary>Of the dispute that is open.</summary>
    public static Payment DisputeDecided(Payment payment, bool isWon, long fee = 15_00) => Change(
        payment, (change, _) => change.DisputeDecided(payment.Disputes.Single(dispute => dispute.State == DisputeState.Open), isWon, isWon ? 0 : fee, Now));

    public static Payment Change(Payment payment, Action<PaymentChange, Payment> step)
    {
        var change = PaymentChange.Of(payment, Now);
        step(change, payment);
        return change.After;
    }
}
