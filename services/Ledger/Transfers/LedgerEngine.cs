using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// The rules of double entry as a pure function: the same books, transfers and time give the same results and the same new books. It reads no clock and
/// does no I/O; whoever calls it holds the locks of the accounts.
/// </summary>
public static class LedgerEngine
{
    /// <summary>The largest amount of one transfer, minor units: a counter takes more than nine thousand of them.</summary>
    public const long MaxAmount = 1_000_000_000_000_000;

    /// <summary>How far the time in a requested id may be ahead of ours: what clocks of one platform may differ.</summary>
    public static readonly TimeSpan MaxIdLead = TimeSpan.FromMinutes(5);

    /// <summary>The same for facts, which come in the end whatever the clocks of others say; later ones have no partition yet.</summary>
    public static readonly TimeSpan MaxFactLead = TimeSpan.FromDays(28);

    /// <summary>Applies transfers one after the other.</summary>
    /// <param name="books">The accounts and transfers that the batch names, as they are.</param>
    /// <param name="transfers">In the order in which they count. A chain is a run of linked transfers and the one after it.</param>
    /// <param name="now">UTC, to the microsecond: when the batch is applied.</param>
    public static Outcome Apply(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now)
    {
        var working = new WorkingBooks(books);
        var results = new TransferRefusal[transfers.Count];
        for (int start = 0, end; start < transfers.Count; start = end)
        {
            end = EndOfChain(transfers, start);
            ApplyChain(working, transfers, start, results.AsSpan(start, end - start), now);
        }

        return working.ToOutcome(results);
    }

    /// <summary>The position after the chain (or the lone transfer) that begins at <paramref name="start"/>.</summary>
    internal static int EndOfChain(IReadOnlyList<NewTransfer> transfers, int start)
    {
        var last = start;
        while (transfers[last].Linked && last + 1 < transfers.Count)
        {
            last++;
        }

        return last + 1;
    }

    private static void ApplyChain(WorkingBooks books, IReadOnlyList<NewTransfer> transfers, int start, Span<TransferRefusal> results, DateTimeOffset now)
    {
        var mark = books.Mark;
        var isOpen = transfers[start + results.Length - 1].Linked;
        var done = 0;
        while (done < results.Length && (done == 0 || results[done - 1].IsInTheBooks()))
        {
            var isLast = done == results.Length - 1;
            results[done] = isOpen && isLast ? TransferRefusal.LinkedChainOpen : ApplyOne(books, transfers[start + done], now);
            done++;
        }

        // All new or all there: a chain is repeated as a whole or not at all.
        if (results.IndexOfAnyExcept(TransferRefusal.Created) < 0 || results.IndexOfAnyExcept(TransferRefusal.Exists) < 0)
        {
            return;
        }

        books.TakeBackTo(mark);
        results[done..].Fill(TransferRefusal.LinkedChainFailed);
        results.Replace(TransferRefusal.Created, TransferRefusal.LinkedChainFailed);
    }

    private static TransferRefusal ApplyOne(WorkingBooks books, NewTransfer asked, DateTimeOffset now)
    {
        if (books.Find(asked.Id) is { } existing)
        {
            return Compare(asked, existing, books);
        }

        var idTime = asked.Id.Time;
        if (idTime < books.Oldest)
        {
            return TransferRefusal.IdTooOld;
        }

        if (idTime > now + (asked.IsFact ? MaxFactLead : MaxIdLead))
        {
            return TransferRefusal.IdTooFarAhead;
        }

        return asked.Kind.EndsPending() ? EndPending(books, asked, now) : Begin(books, asked, now);
    }

    private static TransferRefusal Begin(WorkingBooks books, NewTransfer asked, DateTimeOffset now)
    {
        if (RefuseAmount(asked.Amount) is { } wrongAmount)
        {
            return wrongAmount;
        }

        if (!asked.IsFact && asked.ExpiresAt <= now)
        {
            return TransferRefusal.ExpiryPassed;
        }

        if (RefuseAccounts(books, asked, out var debit, out var credit) is { } wrongAccounts)
        {
            return wrongAccounts;
        }

        if (asked.Amount > long.MaxValue - debit.DebitsPosted - debit.DebitsPending || asked.Amount > long.MaxValue - credit.CreditsPosted - credit.CreditsPending)
        {
            return TransferRefusal.WouldOverflow;
        }

        var isPosted = asked.Kind == TransferKind.Posted;
        var (posted, pending) = isPosted ? (asked.Amount, 0L) : (0L, asked.Amount);
        debit = debit with { DebitsPosted = debit.DebitsPosted + posted, DebitsPending = debit.DebitsPending + pending, Version = debit.Version + 1 };
        credit = credit with { CreditsPosted = credit.CreditsPosted + posted, CreditsPending = credit.CreditsPending + pending, Version = credit.Version + 1 };
        if (!asked.IsFact && RefuseLimits(debit, credit) is { } overLimit)
        {
            return overLimit;
        }

        Write(books, asked, debit, credit, asked.Amount, inherited: null, now);
        return TransferRefusal.Created;
    }

    private static TransferRefusal EndPending(WorkingBooks books, NewTransfer asked, DateTimeOffset now)
    {
        if (asked.PendingId is not { } pendingId || books.Find(pendingId) is not { } pending)
        {
            return TransferRefusal.PendingNotFound;
        }

        if (pending.Kind != TransferKind.Pending)
        {
            return TransferRefusal.PendingNotPending;
        }

        if (books.EndOf(pendingId) is { } end)
        {
            return end.Kind == TransferKind.PostPending ? TransferRefusal.PendingAlreadyPosted : TransferRefusal.PendingAlreadyVoided;
        }

        var amount = AmountOfEnd(asked, pending);
        if (RefuseAmount(amount) is { } wrongAmount)
        {
            return wrongAmount;
        }

        if (amount > pending.Amount)
        {
            return TransferRefusal.ExceedsPendingAmount;
        }

        if (!asked.IsFact && asked.Kind == TransferKind.PostPending && pending.ExpiresAt <= now)
        {
            return TransferRefusal.PendingExpired;
        }

        // No counter can overflow and no limit break here: what is posted was reserved before. So a freeze, too, leaves what was promised to its end.
        var posted = asked.Kind == TransferKind.PostPending ? amount : 0;
        var (debit, credit) = (books.Account(pending.Debit), books.Account(pending.Credit));
        debit = debit with { DebitsPosted = debit.DebitsPosted + posted, DebitsPending = debit.DebitsPending - pending.Amount, Version = debit.Version + 1 };
        credit = credit with { CreditsPosted = credit.CreditsPosted + posted, CreditsPending = credit.CreditsPending - pending.Amount, Version = credit.Version + 1 };
        Write(books, asked, debit, credit, amount, inherited: pending, now);
        return TransferRefusal.Created;
    }

    private static void Write(WorkingBooks books, NewTransfer asked, Account debit, Account credit, long amount, Transfer? inherited, DateTimeOffset now)
    {
        var effectiveAt = asked.EffectiveAt is { } at ? ToMicroseconds(at) : now;
        books.Write(debit with { LastTransfer = asked.Id }, credit with { LastTransfer = asked.Id }, new Transfer
        {
            Id = asked.Id,
            Kind = asked.Kind,
            PendingId = inherited?.Id,
            Debit = debit.Name,
            Credit = credit.Name,
            Amount = amount,
            Type = asked.Type,
            PaymentId = asked.PaymentId ?? inherited?.PaymentId,
            MerchantId = asked.MerchantId ?? inherited?.MerchantId,
            EffectiveAt = effectiveAt,
            CreatedAt = now,
            ExternalReference = asked.ExternalReference,
            ExpiresAt = asked.ExpiresAt is { } expiresAt ? ToMicroseconds(expiresAt) : null,
            DebitVersion = debit.Version,
            CreditVersion = credit.Version,
            DebitBalance = debit.RunningBalance,
            CreditBalance = credit.RunningBalance,
            DebitPrevious = debit.LastTransfer,
            CreditPrevious = credit.LastTransfer,
            Period = PeriodOf(effectiveAt, books.ClosedThrough),
        });
    }

    /// <summary>The month, yyyymm, that a transfer is booked in: its own, or the first that is still open.</summary>
    internal static int PeriodOf(DateTimeOffset effectiveAt, int closedThrough)
    {
        var own = (effectiveAt.UtcDateTime.Year * 100) + effectiveAt.UtcDateTime.Month;
        return own > closedThrough ? own : closedThrough % 100 == 12 ? closedThrough + 89 : closedThrough + 1;
    }

    /// <summary>What is the same transfer: everything that the caller said. What it left to us isn't compared.</summary>
    private static TransferRefusal Compare(NewTransfer asked, Transfer existing, WorkingBooks books)
    {
        if (asked.Kind != existing.Kind)
        {
            return TransferRefusal.ExistsWithDifferentKind;
        }

        var isEnd = asked.Kind.EndsPending();
        if (isEnd && asked.PendingId != existing.PendingId)
        {
            return TransferRefusal.ExistsWithDifferentPendingId;
        }

        if (!isEnd && asked.Debit != existing.Debit)
        {
            return TransferRefusal.ExistsWithDifferentDebitAccount;
        }

        if (!isEnd && asked.Credit != existing.Credit)
        {
            return TransferRefusal.ExistsWithDifferentCreditAccount;
        }

        var amount = isEnd && books.Find(existing.PendingId!.Value) is { } pending ? AmountOfEnd(asked, pending) : asked.Amount;
        return amount != existing.Amount ? TransferRefusal.ExistsWithDifferentAmount
            : asked.Type != existing.Type ? TransferRefusal.ExistsWithDifferentType
            : Differs(asked.PaymentId, existing.PaymentId, isEnd) ? TransferRefusal.ExistsWithDifferentPayment
            : Differs(asked.MerchantId, existing.MerchantId, isEnd) ? TransferRefusal.ExistsWithDifferentMerchant
            : asked.EffectiveAt is { } at && ToMicroseconds(at) != existing.EffectiveAt ? TransferRefusal.ExistsWithDifferentEffectiveTime
            : asked.ExternalReference != existing.ExternalReference ? TransferRefusal.ExistsWithDifferentReference
            : (asked.ExpiresAt is { } expiry ? ToMicroseconds(expiry) : null) != existing.ExpiresAt ? TransferRefusal.ExistsWithDifferentExpiry
            : TransferRefusal.Exists;
    }

    private static bool Differs(Id? asked, Id? existing, bool mayInherit) => asked != existing && !(mayInherit && asked is null);

    private static long AmountOfEnd(NewTransfer asked, Transfer pending) =>
        asked.Kind == TransferKind.VoidPending || asked.Amount == 0 ? pending.Amount : asked.Amount;

    private static TransferRefusal? RefuseAmount(long amount) => amount switch
    {
        <= 0 => TransferRefusal.AmountNotPositive,
        > MaxAmount => TransferRefusal.AmountTooLarge,
        _ => null,
    };

    private static TransferRefusal? RefuseAccounts(WorkingBooks books, NewTransfer asked, out Account debit, out Account credit)
    {
        var isDebitKnown = books.TryGetAccount(asked.Debit, out debit!);
        var isCreditKnown = books.TryGetAccount(asked.Credit, out credit!);
        return asked.Debit == asked.Credit ? TransferRefusal.AccountsMustDiffer
            : asked.Debit.Mode != asked.Credit.Mode ? TransferRefusal.AccountsInDifferentModes
            : asked.Debit.Currency != asked.Credit.Currency ? TransferRefusal.AccountsInDifferentCurrencies
            : !isDebitKnown ? TransferRefusal.DebitAccountUnknown
            : !isCreditKnown ? TransferRefusal.CreditAccountUnknown
            : asked.IsFact || (debit.State == AccountState.Open && credit.State == AccountState.Open) ? null
            : debit.State == AccountState.Closed ? TransferRefusal.DebitAccountClosed
            : credit.State == AccountState.Closed ? TransferRefusal.CreditAccountClosed
            : debit.State == AccountState.Frozen ? TransferRefusal.DebitAccountFrozen
            : TransferRefusal.CreditAccountFrozen;
    }

    /// <summary>Only the side that lowers a balance can break its floor, and only the one that raises it its ceiling.</summary>
    private static TransferRefusal? RefuseLimits(Account debit, Account credit) =>
        (!debit.IsDebitNormal && debit.IsBelowFloor) || (credit.IsDebitNormal && credit.IsBelowFloor) ? TransferRefusal.ExceedsAvailable
        : (debit.IsDebitNormal && debit.IsAboveCeiling) || (!credit.IsDebitNormal && credit.IsAboveCeiling) ? TransferRefusal.ExceedsCeiling
        : null;

    /// <summary>What Postgres keeps of a time. A repeated request must compare equal to what was stored.</summary>
    internal static DateTimeOffset ToMicroseconds(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
