using System.Text.RegularExpressions;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Testing;
using Xunit.Sdk;

namespace PayFlow.Ledger.IntegrationTests.Documentation;

/// <summary>The recipes of docs/ledger.md, each on books of its own.</summary>
public sealed partial class RecipeTests
{
    [Fact]
    public async Task Recipes_EachAsItIsWritten_LeaveTheBalancesThatItSays()
    {
        var recipes = Block().Matches(await File.ReadAllTextAsync(Repository.Path("docs", "ledger.md"))).Select(block => (Name: block.Groups["name"].Value, Text: block.Groups["text"].Value)).ToList();
        Assert.Equal(["Hold, then capture", "Refund", "Chargeback", "Payout", "Exchange"], recipes.Select(recipe => recipe.Name));
        foreach (var (_, text) in recipes)
        {
            await using var host = await StartAsync();
            var recipe = new Recipe(host, new Asking(host));
            await recipe.RunAsync(text);
            Assert.True(recipe.Compared >= 2, text);
            await host.Client.GetTrialBalanceAsync(new());
        }
    }

    [Theory]
    [InlineData("fund posted DR bank_cash/house CR wallet/{payer} 1.00 USD transfer\n= wallet/{payer} 1.01 USD")]
    [InlineData("fund posted DR bank_cash/house CR wallet/{payer} 1.00 USD transfer ! exceeds_available")]
    [InlineData("fund levitated DR bank_cash/house CR wallet/{payer} 1.00 USD transfer")]
    public async Task Recipe_ThatIsWrong_Fails(string text)
    {
        await using var host = await StartAsync();

        await Assert.ThrowsAnyAsync<XunitException>(() => new Recipe(host, new Asking(host)).RunAsync(text));
    }

    private static Task<LedgerHost> StartAsync() => LedgerHost.StartAsync(
        1, ("Ledger:Exchange:Rates:USD/EUR", "0.92"), ("Ledger:Exchange:RatesAt", "2026-11-01T00:00:00Z"), ("Ledger:Exchange:FeeBasisPoints", "50"));

    [GeneratedRegex(@"^### (?<name>[^\n]+)\n(?:(?!^###).)*?^```text\n(?<text>.*?)\n```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();
}
