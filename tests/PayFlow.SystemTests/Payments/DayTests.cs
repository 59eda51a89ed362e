using PayFlow.Demo;
using PayFlow.Demo.Books;
using PayFlow.SystemTests.Running;
using Spectre.Console;

namespace PayFlow.SystemTests.Payments;

[Collection(OneSystem.Name)]
public sealed class DayTests(SharedSystem shared)
{
    [Fact]
    public async Task Demo_SmallDay_SettlesAndExplainsTheRest()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new StringWriter()) });
        Assert.Equal(0, await DemoDay.RunAsync(shared.System.Addresses, console, CancellationToken.None));

        var books = await shared.System.Books.ReadAsync(CancellationToken.None);
        var kinds = books.Exceptions.Select(exception => exception.Kind).ToHashSet();
        Assert.Superset(new HashSet<string> { "amount_mismatch", "missing_there", "duplicate" }, kinds);
        Assert.NotEmpty(books.TrialBalance);
        Assert.All(books.TrialBalance, line => Assert.Equal(line.Debits, line.Credits));
        Assert.Contains(books.Payments, payment => payment.Status == "settled");
        Assert.Equal(
            ["lost", "open", "won"], books.Payments.SelectMany(payment => payment.Disputes).Select(dispute => dispute.State).Distinct().Order(StringComparer.Ordinal));
        Assert.Contains(books.Items, item => item.State == "withdrawn");
        Assert.Contains(books.Records, record => record.State == "matched" && record.Expected < 0);

        // A line that settles late may have come since: the books agree again in a moment.
        Assert.Empty((await Agreement.WaitAsync(shared.System.Books, [], TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None)).Differences);
    }
}
