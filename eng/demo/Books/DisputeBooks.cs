using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Demo.Books;

/// <summary>What must be the same of disputes in the payments, in the ledger and in the acquirers' own books.</summary>
internal static class DisputeBooks
{
    /// <summary>The differences of one payment.</summary>
    /// <param name="journal">The ledger's transfers of the payment.</param>
    /// <param name="captures">The acquirers' captures of the payment.</param>
    public static IEnumerable<string> Compare(Payment payment, IEnumerable<Transfer> journal, IEnumerable<AcquirerCapture> captures)
    {
        var (open, won, lost) = (Of(payment, "open"), Of(payment, "won"), Of(payment, "lost"));
        if ((payment.Disputed, payment.ChargedBack) != (open, lost))
        {
            yield return $"has {payment.Disputed} disputed and {payment.ChargedBack} charged back; its disputes come to {open} and {lost}.";
        }

        foreach (var capture in captures)
        {
            var own = payment.Disputes.Where(dispute => dispute.CaptureOperationId == capture.Reference).ToList();
            var (debited, credited) = (own.Sum(dispute => dispute.Amount), own.Where(dispute => dispute.State == "won").Sum(dispute => dispute.Amount));
            if ((capture.Debited, capture.Credited) != (debited, credited))
            {
                yield return $"{payment.Acquirer} took {capture.Debited} for disputes of {capture.Reference} and gave {capture.Credited} back; here {debited} and {credited}.";
            }
        }

        var lines = journal.ToList();
        foreach (var (type, expected) in new[] { ("chargeback_hold", open + won + lost), ("chargeback_won", won), ("chargeback_lost", lost) })
        {
            var moved = lines.Where(transfer => transfer.Type == type && IsMerchants(transfer)).Sum(transfer => transfer.Amount);
            if (moved != expected)
            {
                yield return $"the ledger moved {moved} of the merchant's money as {type}; the payment's disputes say {expected}.";
            }
        }
    }

    /// <summary>The differences of what is held for open disputes, in all.</summary>
    public static IEnumerable<string> CompareTotals(BooksModel books)
    {
        foreach (var group in books.Payments.GroupBy(payment => ($"merchant/{payment.MerchantId}/reserve", payment.Mode, payment.Currency))
            .Concat(books.Payments.Where(payment => payment.Acquirer.Length > 0).GroupBy(payment => ($"chargeback_clearing/{payment.Acquirer}", payment.Mode, payment.Currency))))
        {
            var (path, mode, currency) = group.Key;
            var held = books.Accounts.Where(account => account.Name.Path == path && account.Name.Mode == mode && account.Name.Currency == currency).Sum(account => account.LedgerBalance);
            var open = group.Sum(payment => payment.Disputed);
            if (held != open)
            {
                yield return $"{path} {currency} holds {held}; open disputes come to {open}.";
            }
        }
    }

    private static long Of(Payment payment, string state) => payment.Disputes.Where(dispute => dispute.State == state).Sum(dispute => dispute.Amount);

    // Each step has a line with the merchant's account on one side, and another one between ourselves and the acquirer.
    private static bool IsMerchants(Transfer transfer) => transfer.Debit.Path.StartsWith("merchant/", StringComparison.Ordinal);
}
