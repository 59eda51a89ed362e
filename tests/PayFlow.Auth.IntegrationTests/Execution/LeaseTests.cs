using System.Net;
using PayFlow.Auth.Execution;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Storage;

namespace PayFlow.Auth.IntegrationTests.Execution;

[Collection(OneWorld.Name)]
public sealed class LeaseTests(World world) : HostedTests(world)
{
    // Only the sweep that a test asks for runs.
    protected override Action<Dictionary<string, string?>> Settings => settings => settings["Auth:Sweep:Interval"] = "00:10:00";

    [Fact]
    public async Task Sweep_OwnerIsDead_TakesOverAndAsksUnderTheSameReference()
    {
        var payment = await BegunByAsync("dead:1:abc", TimeSpan.FromSeconds(-1));
        Assert.Equal(1, await SweepAsync());
        await UntilAsync(async () => (await StoredAsync(payment.Id.ToString())).Status == PaymentStatus.Authorized);
        var after = await StoredAsync(payment.Id.ToString());
        Assert.Equal((payment.Lease.Epoch + 1, null, after.ExpiresAt), (after.Lease.Epoch, after.Lease.Owner, after.Lease.DueAt));   // next: the end of the hold
        Assert.Equal(payment.Attempts[0].Reference, Assert.Single(after.Attempts).Reference);
        Assert.Single(await BooksAsync(payment.Id.ToString()));
    }

    [Fact]
    public async Task Run_OwnerIsAlive_IsLeftAlone()
    {
        var payment = await BegunByAsync("alive:1:abc", TimeSpan.FromMinutes(1));
        Assert.Equal(0, await SweepAsync());
        Assert.IsType<CommandEnd.Elsewhere>(await Host.Get<PaymentExecutor>().Submit(payment.Id, PaymentCommand.CarryOn()).End);
        Assert.Equal(payment.Version, (await StoredAsync(payment.Id.ToString())).Version);
        Assert.Empty(await BooksAsync(payment.Id.ToString()));
    }

    [Fact]
    public async Task Commit_AfterATakeover_WritesNothing()
    {
        // Who was thought dead comes back, with a change that rests on what it knew.
        var payment = await BegunByAsync("slow:1:abc", TimeSpan.FromSeconds(-1));
        await SweepAsync();
        await UntilAsync(async () => (await StoredAsync(payment.Id.ToString())).Status == PaymentStatus.Authorized);
        var before = await StoredAsync(payment.Id.ToString());
        var late = PaymentChange.Of(payment, Now).Decline("too late", payment.Attempts[0], null, Now);
        Assert.False(await Host.Get<PaymentStore>().CommitAsync(late, CancellationToken.None));
        var after = await StoredAsync(payment.Id.ToString());
        Assert.Equal((before.Version, before.Status, before.HistorySequence), (after.Version, after.Status, after.HistorySequence));
        Assert.Equal(before.HistorySequence, (await Merchant.HistoryAsync(payment.Id.ToString())).Count);
    }

    [Fact]
    public async Task Commit_SameVersionUnderAnotherEpoch_WritesNothing()
    {
        var payment = await BegunByAsync("slow:1:abc", TimeSpan.FromMinutes(1));
        var forged = payment with { Lease = payment.Lease with { Epoch = payment.Lease.Epoch + 1 } };
        Assert.False(await Host.Get<PaymentStore>().CommitAsync(PaymentChange.Of(forged, Now).Unanswered(forged.Attempts[0]), CancellationToken.None));
        Assert.Equal(AttemptState.Started, (await StoredAsync(payment.Id.ToString())).Attempts[0].State);
    }

    [Fact]
    public async Task Commit_NewPaymentTwice_IsOneThatWins()
    {
        var key = await AcceptedAsync();
        var store = Host.Get<PaymentStore>();
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => store.CommitAsync(Begin(key, "one:1:abc", TimeSpan.FromMinutes(1)), CancellationToken.None)));
        Assert.Equal(1, results.Count(written => written));
        Assert.Single((await StoredAsync(key.PaymentId.ToString())).Attempts);
    }

    [Fact]
    public async Task Sweep_AcceptedAndNeverBegun_BeginsIt()
    {
        var key = await AcceptedAsync();
        Assert.Equal(0, await SweepAsync());   // too young: its own process may be at it
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        Assert.Equal(1, await SweepAsync());
        await UntilAsync(async () => (await Merchant.GetAsync($"/v1/payments/{key.PaymentId}"))["status"] == "authorized");
        Assert.Equal(0, await SweepAsync());
    }

    [Fact]
    public async Task Sweep_TwoProcessesAtOnce_CarryOutOnce()
    {
        await using var other = await StartOwnAsync();
        var payments = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => BegunByAsync("dead:1:abc", TimeSpan.FromSeconds(-1))));
        foreach (var payment in payments)
        {
            Host.Get<PaymentExecutor>().Submit(payment.Id, PaymentCommand.CarryOn());
            other.Get<PaymentExecutor>().Submit(payment.Id, PaymentCommand.CarryOn());
        }

        foreach (var payment in payments)
        {
            await UntilAsync(async () => (await StoredAsync(payment.Id.ToString())).Status == PaymentStatus.Authorized);
            Assert.Equal(["payment.submitted", "risk.assessed", "attempt.started", "payment.authorized"], await Merchant.HistoryAsync(payment.Id.ToString()));
            Assert.Single(await BooksAsync(payment.Id.ToString()));
        }
    }

    [Fact]
    public async Task Create_SameKeyRunsElsewhere_Is409WithRetryAfterAndThenItsAnswer()
    {
        var token = await Merchant.TokenAsync();
        var asked = new CreatePaymentRequest(
            new Money(1500, Currency.Usd), new CreatePaymentMethod("card", Id.Parse(IdPrefix.Token, token)), null, null, null, null, null, null, new Dictionary<string, string>(), null, null);
        var accepted = await AcceptedAsync(token, Fingerprint.Of(KeyKind.Create, null, asked));
        Assert.True(await Host.Get<PaymentStore>().CommitAsync(Begin(accepted, "alive:1:abc", TimeSpan.FromSeconds(2)), CancellationToken.None));

        var inFlight = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), accepted.Name.Key);
        Assert.Equal((HttpStatusCode.Conflict, "idempotency_key_in_use", "1"), (inFlight.Status, inFlight["code"], inFlight.Headers["Retry-After"]));
        var other = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 1600), accepted.Name.Key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);

        await Task.Delay(TimeSpan.FromSeconds(2));   // the lease ends: the client's own retry takes the payment up
        var answered = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), accepted.Name.Key);
        Assert.Equal((HttpStatusCode.Created, "authorized", accepted.PaymentId.ToString()), (answered.Status, answered["status"], answered["id"]));
        Assert.Single(await BooksAsync(answered["id"]!));
    }

    [Fact]
    public async Task Capture_PaymentRunsElsewhere_Is409AndChangesNothing()
    {
        var paid = await Merchant.PayAsync();
        var payment = await StoredAsync(paid["id"]!);
        var taken = PaymentChange.Of(payment, Now).Quietly(found => found with { Lease = new Lease("alive:1:abc", found.Lease.Epoch + 1, Now + TimeSpan.FromMinutes(1)) });
        Assert.True(await Host.Get<PaymentStore>().CommitAsync(taken, CancellationToken.None));
        var busy = await Merchant.CaptureAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, "payment_busy", true), (busy.Status, busy["code"], busy.Headers.ContainsKey("Retry-After")));
        Assert.Equal(taken.After.Version, (await StoredAsync(paid["id"]!)).Version);
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private async Task<int> SweepAsync()
    {
        var sweep = Host.Get<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<Sweep>().Single();
        return await sweep.SweepAsync(Host.Get<Shards>().All[0], CancellationToken.None);
    }

    /// <summary>A request that was accepted, as by a process that died right after.</summary>
    private async Task<KeyRow> AcceptedAsync(string? tokenId = null, byte[]? fingerprint = null)
    {
        var token = Id.Parse(IdPrefix.Token, tokenId ?? await Merchant.TokenAsync());
        var name = new KeyName(Merchant.Merchant, Mode.Test, MerchantClient.NewKey());
        var (_, method) = await Host.Get<CreateLookup>().FindAsync(name, token, CancellationToken.None);
        var request = new PaymentRequest
        {
            Amount = new Money(1500, Currency.Usd),
            CaptureAutomatically = false,
            Method = method!,
            Metadata = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty,
            Customer = new CustomerFacts(null, null, null, null, null, null),
        };
        var payment = Id.New(IdPrefix.Payment, token.Slot, Now);
        var row = new KeyRow(name, fingerprint ?? new byte[32], KeyKind.Create, payment, payment, request.ToJson(), Now);
        return await Host.Get<Intake>().CommitAsync(row, CancellationToken.None);
    }

    /// <summary>A payment with an attempt, as by a process that holds its lease.</summary>
    private async Task<Payment> BegunByAsync(string owner, TimeSpan lease)
    {
        var change = Begin(await AcceptedAsync(), owner, lease);
        Assert.True(await Host.Get<PaymentStore>().CommitAsync(change, CancellationToken.None));
        return change.After;
    }

    private static PaymentChange Begin(KeyRow key, string owner, TimeSpan lease)
    {
        var slot = key.PaymentId.Slot;
        return Authorizing.Submit(key, PaymentRequest.Of(key), new RiskView(0, RiskView.Allow, [], false), Id.New(IdPrefix.Operation, slot, Now), Now)
            .StartAttempt(Id.New(IdPrefix.Attempt, slot, Now), new Auth.Acquirers.RouteChoice("northbank", "default", []), Now)
            .Quietly(payment => payment with { Lease = new Lease(owner, 1, Now + lease) });
    }
}
