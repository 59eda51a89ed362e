using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Periods;

/// <summary>A month by currency and mode.</summary>
/// <param name="ClosedAt">UTC; null while it is open.</param>
internal sealed record PeriodTotals(Period Period, DateTimeOffset? ClosedAt, IReadOnlyList<PeriodLine> Lines);

/// <summary>What was posted in a month in one mode and currency, minor units.</summary>
/// <param name="Closing">Σ over all accounts of debits less credits after the month: zero, or the books are broken.</param>
/// <param name="Accounts">Accounts that were touched in it or had a balance before.</param>
internal sealed record PeriodLine(Mode Mode, Currency Currency, long Debits, long Credits, long Closing, long Accounts)
{
    public bool Balances => Debits == Credits && Closing == 0;
}

/// <summary>An account in a closed month, minor units.</summary>
/// <param name="Opening">Debits less credits before it: the closing of the month before.</param>
/// <param name="Closing">Debits less credits after it.</param>
internal sealed record AccountTotals(AccountName Account, long Opening, long Debits, long Credits, long Closing);
