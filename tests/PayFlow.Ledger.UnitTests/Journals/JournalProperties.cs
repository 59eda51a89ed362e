using FsCheck;
using FsCheck.Fluent;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

/// <summary>Whatever the lives of payments are, and in whatever order two topics bring them: the books end the same, and right.</summary>
public sealed class JournalProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void Apply_AnyLives_EndAsLedgerMdSays() => Prop.ForAll(Lives, lives =>
    {
        var ledger = new MemoryLedger();
        ledger.Apply(lives.SelectMany(life => life.Payment));
        ledger.Apply(lives.SelectMany(life => life.Reconciliation));
        return Holds(ledger, lives);
    }).Check(Runs);

    [Fact]
    public void Apply_AnyOrderAcrossTopicsInAnyPolls_EndsTheSame() => Prop.ForAll(Lives, Arb.From(Gen.Choose(0, int.MaxValue)), (lives, seed) =>
    {
        var ledger = new MemoryLedger();
        foreach (var poll in Shuffle(lives, new Random(seed)))
        {
            ledger.Apply(poll);
        }

        return Holds(ledger, lives);
    }).Check(Runs);

    [Fact]
    public void Apply_EverythingAgainInAnyPolls_ChangesNothing() => Prop.ForAll(Lives, Arb.From(Gen.Choose(0, int.MaxValue)), (lives, seed) =>
    {
        var ledger = new MemoryLedger();
        var random = new Random(seed);
        ledger.Apply(lives.SelectMany(life => life.Payment.Concat(life.Reconciliation)));
        var before = ledger.Books.Accounts.Values.ToHashSet();
        var again = Shuffle(lives, random).SelectMany(poll => ledger.Apply(poll)).ToList();
        return again.All(result => result == TransferRefusal.Exists) && before.SetEquals(ledger.Books.Accounts.Values) && Holds(ledger, lives);
    }).Check(Runs);

    /// <summary>The invariants of the books, from what was told rather than from what was posted; minor units.</summary>
    private static bool Holds(MemoryLedger ledger, Life[] lives)
    {
        var captured = lives.Sum(life => life.Captured);
        var settled = lives.Sum(life => life.Settled);
        var fees = lives.Sum(life => life.Fees);
        var held = lives.Sum(life => life.Held);
        var (disputed, lost, penalties) = (lives.Sum(life => life.Disputed), lives.Sum(life => life.Lost), lives.Sum(life => life.Penalties));
        var (voided, refunded, setAside) = (lives.Sum(life => life.Voided), lives.Sum(life => life.Refunded), lives.Sum(life => life.SetAside));
        return ledger.Of($"merchant/{Sample.Merchant}/pending") == (captured - settled - voided, held)
            && ledger.Of("acquirer_receivable/northbank") == (captured - voided - refunded, held)
            && ledger.Of($"merchant/{Sample.Merchant}/available") == (settled - fees - refunded - disputed - lost - penalties, 0)
            && ledger.Of($"merchant/{Sample.Merchant}/reserve") == (disputed, 0)
            && ledger.Of("chargeback_clearing/northbank") == (disputed, 0)
            && ledger.Of("bank_cash/house") == (-disputed - lost, 0)
            && ledger.Books.Accounts.Values.Sum(account => account.IsDebitNormal ? account.CreditsPending : account.DebitsPending) == 2 * setAside
            && ledger.Of("processing_revenue") == (fees + penalties, 0);
    }

    private sealed record Life(
        object[] Payment, object[] Reconciliation, long Captured, long Settled, long Fees, long Held, long Voided, long Refunded, long SetAside, long Disputed, long Lost, long Penalties);

    private static Arbitrary<Life[]> Lives { get; } = Arb.From(
        from shapes in (from amount in Gen.Choose(1, 50)
                        from captures in Gen.Choose(0, 30).ListOf().Resize(4)
                        from end in Gen.Choose(0, 3)
                        from shorts in Gen.Choose(0, 3).ListOf().Resize(6)
                        from refunds in Gen.Choose(0, 23).ListOf().Resize(4)
                        from disputes in Gen.Choose(0, 30).ListOf().Resize(4)
                        select (amount, captures, end, shorts, refunds, disputes)).ListOf().Resize(5)
        select shapes.Select((shape, index) => Live($"{index}", shape.amount, [.. shape.captures], shape.end, [.. shape.shorts], [.. shape.refunds], [.. shape.disputes])).ToArray());

    /// <summary>One payment: authorized, captured in parts, ended by a final capture, a void, an expiry or not yet; each capture settled in full, short, in two lines or not; then refunded or not, disputed or not.</summary>
    private static Life Live(string name, long amount, int[] captures, int end, int[] shorts, int[] refunds, int[] disputes)
    {
        var payment = Sample.Root.Derive(IdPrefix.Payment, name);
        var (events, settlements) = (new List<object> { Authorized(amount, payment) }, new List<object>());
        var voids = new List<(int Number, long Amount)>();
        var (remaining, settled, fees, isOver) = (amount, 0L, 0L, false);
        for (var i = 0; i < captures.Length && remaining > 0 && !isOver; i++)
        {
            var part = Math.Clamp(captures[i], 1, remaining);
            isOver = end == 0 && i == captures.Length - 1;
            remaining -= part;
            events.Add(Captured($"{name}.{i}", part, isOver ? 0 : remaining, isOver, payment));
            var how = i < shorts.Length ? shorts[i] : 0;
            if (i < refunds.Length && refunds[i] == 0)
            {
                voids.Add((i, part));   // before it was settled
                continue;
            }

            var first = how switch { 0 => part, 1 => part - 1, 2 => part / 2, _ => 0 };
            if (first > 0)
            {
                settlements.Add(Settled($"{name}.{i}", first, 3, 1, payment));
                (settled, fees) = (settled + first, fees + 3);
            }

            if (how == 2 && first > 0)
            {
                settlements.Add(Settled($"{name}.{i}", part - first, 0, 2, payment));
                settled += part - first;
            }
        }

        var captured = events.Skip(1).Cast<Contracts.Events.V1.PaymentEvent>().Sum(capture => capture.Captured.Amount);
        if (!isOver && remaining > 0 && end is 1 or 2)
        {
            events.Add(end == 1 ? Voided($"{name}.v", payment) : Expired($"{name}.e", payment));
            isOver = true;
        }

        events.AddRange(voids.Select(capture => Refunded($"{name}.{capture.Number}.v", capture.Amount, voids: $"{name}.{capture.Number}", payment: payment)));
        var voided = voids.Sum(capture => capture.Amount);
        var (refunded, setAside) = (0L, 0L);
        foreach (var (refund, i) in refunds.Where(refund => refund > 0).Select((refund, i) => (refund, i)))
        {
            var part = Math.Min(1 + (refund / 4), captured - voided - refunded - setAside);
            if (part <= 0)
            {
                break;
            }

            // Asked for and done, asked for and failed, asked for and not answered, done without anybody having asked.
            if (refund % 4 != 3)
                events.Add(RefundRequested($"{name}.r{i}", part, payment));
            if (refund % 4 == 1)
                events.Add(RefundFailed($"{name}.r{i}", part, payment: payment));
            else if (refund % 4 == 2)
                setAside += part;
            else
            {
                events.Add(Refunded($"{name}.r{i}", part, payment: payment));
                refunded += part;
            }
        }

        // Left open, won, or lost; of any amount: the ledger takes what happened.
        var (disputed, lost, penalties) = (0L, 0L, 0L);
        foreach (var (dispute, i) in disputes.Where(dispute => dispute > 0).Select((dispute, i) => (dispute, i)))
        {
            settlements.Add(Disputed($"{name}.d{i}", dispute, payment));
            if (dispute % 3 == 1)
                settlements.Add(DisputeWon($"{name}.d{i}", dispute, payment));
            else if (dispute % 3 == 2)
                settlements.Add(DisputeLost($"{name}.d{i}", dispute, fee: 15, payment));
            (disputed, lost, penalties) = (dispute % 3) switch { 0 => (disputed + dispute, lost, penalties), 2 => (disputed, lost + dispute, penalties + 15), _ => (disputed, lost, penalties) };
        }

        return new Life([.. events], [.. settlements], captured, settled, fees, isOver ? 0 : remaining, voided, refunded, setAside, disputed, lost, penalties);
    }

    /// <summary>Every life in its own order, the topics and lives mixed anyhow, cut into polls anywhere.</summary>
    private static IEnumerable<object[]> Shuffle(Life[] lives, Random random)
    {
        var streams = lives.SelectMany(life => new[] { new Queue<object>(life.Payment), new Queue<object>(life.Reconciliation) }).ToList();
        var poll = new List<object>();
        while (streams.RemoveAll(stream => stream.Count == 0) >= 0 && streams.Count > 0)
        {
            poll.Add(streams[random.Next(streams.Count)].Dequeue());
            if (random.Next(4) == 0)
            {
                yield return [.. poll];
                poll.Clear();
            }
        }

        yield return [.. poll];
    }
}
