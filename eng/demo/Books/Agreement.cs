using PayFlow.Contracts.Auth.V1;

namespace PayFlow.Demo.Books;

/// <summary>What a client was told, and must find again: the payment, and at least these amounts (minor units).</summary>
public sealed record Acknowledged(string PaymentId, long Authorized, long Captured, long Refunded = 0);

/// <summary>
/// Compares the acquirers' own books, the payments, the ledger, the batch items and the reconciler's records, payment by payment.
/// </summary>
/// <param name="Differences">Each says which payment and which two books disagree; none when the books agree.</param>
public sealed record Agreement(BooksModel Books, IReadOnlyList<string> Differences)
{
    public bool Holds => Differences.Count == 0;

    /// <summary>Reads and compares until the books agree or the patience is over: events are still on their way just after a day.</summary>
    public static async Task<Agreement> WaitAsync(
        BooksReader reader, IReadOnlyCollection<Acknowledged> acknowledged, TimeSpan patience, TimeProvider time, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var agreement = Of(await reader.ReadAsync(cancel), acknowledged);
            if (agreement.Holds || time.GetElapsedTime(started) > patience)
            {
                return agreement;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), time, cancel);
        }
    }

    /// <summary>The comparison itself, of books that were read.</summary>
    public static Agreement Of(BooksModel books, IReadOnlyCollection<Acknowledged> acknowledged)
    {
        var differences = new List<string>();
        var byPayment = new PaymentBooks(books);
        foreach (var payment in books.Payments)
        {
            differences.AddRange(byPayment.Compare(payment).Select(difference => $"{payment.PaymentId}: {difference}"));
        }

        differences.AddRange(CompareAcknowledged(books, acknowledged));
        differences.AddRange(CompareStrangers(books));
        differences.AddRange(CompareTotals(books));
        differences.AddRange(DisputeBooks.CompareTotals(books));
        return new Agreement(books, differences);
    }

    private static IEnumerable<string> CompareAcknowledged(BooksModel books, IReadOnlyCollection<Acknowledged> acknowledged)
    {
        var payments = books.Payments.ToDictionary(payment => payment.PaymentId);
        foreach (var answer in acknowledged)
        {
            if (!payments.TryGetValue(answer.PaymentId, out var payment))
            {
                yield return $"{answer.PaymentId}: was acknowledged to the client and is not there.";
            }
            else if (payment.Authorized < answer.Authorized || payment.Captured < answer.Captured || payment.Refunded < answer.Refunded)
            {
                yield return $"{answer.PaymentId}: the client was told authorized {answer.Authorized}, captured {answer.Captured}, refunded {answer.Refunded}; "
                    + $"the payment has {payment.Authorized}, {payment.Captured} and {payment.Refunded}.";
            }
        }
    }

    /// <summary>What others have written about payments that the payments don't know.</summary>
    private static IEnumerable<string> CompareStrangers(BooksModel books)
    {
        var references = books.Payments.SelectMany(payment => payment.Attempts).Select(attempt => attempt.Reference).ToHashSet();
        var payments = books.Payments.Select(payment => payment.PaymentId).ToHashSet();
        return
        [
            .. books.Authorizations.Where(authorization => authorization.State is not "declined" and not "reversed" && !references.Contains(authorization.Reference))
                .Select(authorization => $"{authorization.Acquirer} holds {authorization.Amount} {authorization.Currency} under {authorization.Reference}, which no payment knows."),
            .. books.Items.Where(item => !payments.Contains(item.PaymentId)).Select(item => $"batch item {item.ItemId} is of {item.PaymentId}, which no payment knows."),
            .. books.Transfers.Where(transfer => transfer.PaymentId.Length > 0 && !payments.Contains(transfer.PaymentId))
                .Select(transfer => $"ledger transfer {transfer.TransferId} is of {transfer.PaymentId}, which no payment knows."),
        ];
    }

    private static IEnumerable<string> CompareTotals(BooksModel books)
    {
        if (books.Payments.Any(payment => payment.Authorized > 0) && books.Transfers.Count == 0)
        {
            yield return "The ledger is empty although payments were authorized.";
        }

        foreach (var line in books.TrialBalance.Where(line => line.Debits != line.Credits))
        {
            yield return $"trial balance {line.Mode} {line.Currency}: debits {line.Debits}, credits {line.Credits}.";
        }

        var groups = books.Payments.GroupBy(payment => (payment.MerchantId, payment.Mode, payment.Currency));
        foreach (var group in groups)
        {
            var expected = group.Sum(payment => payment.Captured - payment.Settled - PaymentBooks.Voided(payment) - PaymentBooks.ReturnedUnsettled(payment));
            var pending = books.Accounts
                .Where(account => account.Name.Path == $"merchant/{group.Key.MerchantId}/pending" && account.Name.Mode == group.Key.Mode && account.Name.Currency == group.Key.Currency)
                .Sum(account => account.LedgerBalance);
            if (pending != expected)
            {
                yield return $"merchant/{group.Key.MerchantId}/pending {group.Key.Currency} holds {pending}; captured less settled, voided and returned of its payments is {expected}.";
            }
        }

        foreach (var group in books.Payments.Where(payment => payment.Acquirer.Length > 0).GroupBy(payment => (payment.Acquirer, payment.Mode, payment.Currency)))
        {
            var deposited = Deposited(books, $"acquirer_receivable/{group.Key.Acquirer}", group.Key.Mode, group.Key.Currency);
            // What is voided is refunded, too. What disputes and returns pulled was debited from our bank at once, which counts as a deposit below zero.
            var expected = group.Sum(payment => payment.Captured - payment.Refunded - payment.Disputed - payment.ChargedBack - payment.Returned) - deposited;
            var receivable = books.Accounts
                .Where(account => account.Name.Path == $"acquirer_receivable/{group.Key.Acquirer}" && account.Name.Mode == group.Key.Mode && account.Name.Currency == group.Key.Currency)
                .Sum(account => account.LedgerBalance);
            if (receivable != expected)
            {
                yield return $"acquirer_receivable/{group.Key.Acquirer} {group.Key.Currency} holds {receivable}; captured less refunded, disputed, returned and deposited is {expected}.";
            }
        }
    }

    /// <summary>What deposits have paid of a receivable, less what they have taken because refunds were more, or for disputes.</summary>
    private static long Deposited(BooksModel books, string path, Contracts.Common.V1.Mode mode, string currency)
    {
        var deposits = books.Transfers.Where(transfer => transfer.Type == "deposit").ToList();
        return deposits.Where(transfer => IsOf(transfer.Credit)).Sum(transfer => transfer.Amount) - deposits.Where(transfer => IsOf(transfer.Debit)).Sum(transfer => transfer.Amount);

        bool IsOf(Contracts.Ledger.V1.AccountName account) => account.Path == path && account.Mode == mode && account.Currency == currency;
    }
}
