using PayFlow.Demo.Books;
using PayFlow.Kernel;
using Spectre.Console;

namespace PayFlow.Demo;

/// <summary>What people see at the end: outcomes, exceptions, trial balance, agreement.</summary>
internal static class Report
{
    public static void Write(IAnsiConsole console, IReadOnlyDictionary<(string Story, string Status), int> outcomes)
    {
        var table = new Table().Title("The day's payments").AddColumns("What happened", "Status", "Payments");
        foreach (var ((story, status), count) in outcomes)
        {
            table.AddRow(Markup.Escape(story), Markup.Escape(status), count.ToString("N0"));
        }

        console.Write(table);
    }

    public static void Write(IAnsiConsole console, Agreement agreement)
    {
        var books = agreement.Books;
        var exceptions = new Table().Title("Reconciliation exceptions").AddColumns("Kind", "State", "Payment", "Expected", "Settled", "Explanation");
        foreach (var exception in books.Exceptions)
        {
            exceptions.AddRow(
                Markup.Escape(exception.Kind), Markup.Escape(exception.State), Markup.Escape(exception.PaymentId),
                Amount(exception.Expected, exception.Currency), Amount(exception.Actual, exception.Currency), Markup.Escape(exception.Explanation));
        }

        console.Write(exceptions);
        var balance = new Table().Title("Trial balance").AddColumns("Mode", "Currency", "Debits", "Credits", "Difference");
        foreach (var line in books.TrialBalance)
        {
            balance.AddRow(line.Mode.ToString(), line.Currency, Amount(line.Debits, line.Currency), Amount(line.Credits, line.Currency), Amount(line.Debits - line.Credits, line.Currency));
        }

        console.Write(balance);
        var compared = new Table().Title("The books, compared payment by payment").AddColumns("Book", "Entries");
        compared.AddRow("payments", books.Payments.Count.ToString("N0"));
        compared.AddRow("acquirers' authorizations", books.Authorizations.Count.ToString("N0"));
        compared.AddRow("ledger transfers", books.Transfers.Count.ToString("N0"));
        compared.AddRow("batch items", books.Items.Count.ToString("N0"));
        compared.AddRow("reconciliation records", books.Records.Count.ToString("N0"));
        console.Write(compared);
        foreach (var difference in agreement.Differences.Take(50))
        {
            console.MarkupLineInterpolated($"[red]differs[/]  {difference}");
        }

        console.MarkupLine(agreement.Holds
            ? "[green]All books agree.[/]"
            : $"[red]The books differ in {agreement.Differences.Count} places.[/]");
    }

    private static string Amount(long minorUnits, string currency) =>
        Currency.TryParse(currency, out var known) ? new Money(minorUnits, known).ToString() : minorUnits.ToString();
}
