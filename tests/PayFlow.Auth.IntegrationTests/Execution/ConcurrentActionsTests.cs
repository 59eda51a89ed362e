using System.Net;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Testing;
using Xunit.Abstractions;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>
/// Every pair of actions at once, from every state that has money to move, asked of two processes that share a database. Whatever wins, nothing is lost or doubled.
/// </summary>
[Collection(OneWorld.Name)]
public sealed class ConcurrentActionsTests(World world, ITestOutputHelper output)
{
    private const long Amount = 1000;

    private static readonly string[] Actions = ["capture a part", "capture the rest", "void", "refund a part", "refund all", "lapse"];
    private static readonly string[] States = ["authorized", "captured in part", "captured"];

    [Fact]
    public async Task AnyTwo_FromAnyState_AgreeWithTheAcquirer()
    {
        var random = Seeds.Next(output);
        await using var one = new AuthProcess(world, world.QuietDatabase, ShortLease);
        await using var other = new AuthProcess(world, world.QuietDatabase, ShortLease);
        await Task.WhenAll(one.StartAsync(), other.StartAsync());
        using var merchant = await one.NewMerchantAsync();
        using var elsewhere = merchant.At(other);

        var pairs = (
            from state in States
            from first in Actions
            from second in Actions
            where string.CompareOrdinal(first, second) <= 0
            select (state, first, second, delay: random.Next(-30, 31))).ToList();
        Assert.Equal(States.Length * Actions.Length * (Actions.Length + 1) / 2, pairs.Count);
        foreach (var some in pairs.Chunk(8))
        {
            await Task.WhenAll(some.Select(pair => PairAsync(pair.state, pair.first, pair.second, pair.delay)));
        }

        await Agreement.WaitForRestAsync(one, world.QuietDatabase, merchant.Merchant);
        await Agreement.AssertAsync(world, one, world.QuietDatabase, merchant.Merchant);
        var payments = await one.PaymentsAsync(merchant.Merchant);
        Assert.Equal(pairs.Count, payments.Count);
        Assert.All(payments, payment => Assert.True(payment.Captured <= payment.Authorized && payment.Refunded <= payment.Captured, $"{payment}"));
        var statuses = payments.Select(payment => payment.Status).Distinct().ToList();
        Assert.True(statuses.Count >= 5, $"Only {string.Join(", ", statuses)} came of it: too little happened at once.");

        async Task PairAsync(string state, string first, string second, int delay)
        {
            var payment = (await merchant.PayAsync(Amount))["id"]!;
            if (state != "authorized")
            {
                await merchant.CaptureAsync(payment, state == "captured" ? Amount : 400);
            }

            await Task.WhenAll(
                AfterAsync(delay, () => ActAsync(merchant, payment, first)),
                AfterAsync(-delay, () => ActAsync(elsewhere, payment, second)));
        }
    }

    private async Task ActAsync(MerchantClient client, string payment, string action)
    {
        if (action == "lapse")
        {
            await Holds.LapseAmongOthersAsync(world.QuietDatabase, payment);
            return;
        }

        // A client that does as it is told: what is refused only for now is sent again, with the same key.
        var key = MerchantClient.NewKey();
        for (var tries = 0; tries < 200; tries++)
        {
            var answer = await SendAsync(client, payment, action, key);
            var isFinal = answer.Status is HttpStatusCode.OK or HttpStatusCode.Accepted || (answer.Status == HttpStatusCode.Conflict && !(bool)(answer.Body["retryable"] ?? false));
            if (isFinal)
            {
                return;
            }

            Assert.True((bool)(answer.Body["retryable"] ?? false), $"{action}: {answer}");
            await Task.Delay(50);
        }

        Assert.Fail($"{action} of {payment} was never answered.");
    }

    private static Task<Answer> SendAsync(MerchantClient client, string payment, string action, string key) => action switch
    {
        "capture a part" => client.CaptureAsync(payment, 300, key: key),
        "capture the rest" => client.CaptureAsync(payment, key: key),
        "void" => client.PostAsync($"/v1/payments/{payment}/void", "{}", key),
        "refund a part" => client.RefundAsync(payment, 150, key: key),
        _ => client.RefundAsync(payment, key: key),
    };

    private static async Task AfterAsync(int milliseconds, Func<Task> act)
    {
        await Task.Delay(Math.Max(0, milliseconds));
        await act();
    }

    private static void ShortLease(Dictionary<string, string?> settings) => settings["Auth:Executor:LeaseDuration"] = "00:00:05";
}
