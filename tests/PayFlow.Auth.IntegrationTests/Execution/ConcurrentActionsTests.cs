using System.Net;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
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

    private static readonly string[] Actions = ["capture a part", "capture the rest", "void", "refund a part", "refund all", "lapse", "dispute", "dispute and lose"];
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
        using var disputes = new Disputes(world.QuietDatabase);

        var pairs = (
            from state in States
            from first in Actions
            from second in Actions
            where string.CompareOrdinal(first, second) <= 0 && (state != "authorized" || !(first + second).Contains("dispute", StringComparison.Ordinal))   // nothing to dispute
            select (state, first, second, delay: random.Next(-30, 31))).ToList();
        var undisputed = Actions.Length - 2;
        Assert.Equal((2 * Actions.Length * (Actions.Length + 1) / 2) + (undisputed * (undisputed + 1) / 2), pairs.Count);
        foreach (var some in pairs.Chunk(8))
        {
            await Task.WhenAll(some.Select(pair => PairAsync(pair.state, pair.first, pair.second, pair.delay)));
        }

        await Agreement.WaitForRestAsync(one, world.QuietDatabase, merchant.Merchant);
        await Agreement.AssertAsync(world, one, world.QuietDatabase, merchant.Merchant);
        var payments = await one.PaymentsAsync(merchant.Merchant);
        Assert.Equal(pairs.Count, payments.Count);
        Assert.All(payments, payment => Assert.True(payment.Captured <= payment.Authorized && payment.Refunded <= payment.Captured, $"{payment}"));
        await AssertDisputedIsNotRefundedAsync(merchant, payments);
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
                AfterAsync(delay, () => ActAsync(merchant, disputes, payment, first, number: 1)),
                AfterAsync(-delay, () => ActAsync(elsewhere, disputes, payment, second, number: 2)));
        }
    }

    /// <summary>Whatever was reserved for a refund after a dispute had come, left what was disputed.</summary>
    private static async Task AssertDisputedIsNotRefundedAsync(MerchantClient merchant, IEnumerable<Contracts.Auth.V1.Payment> payments)
    {
        var disputed = payments.Where(payment => payment.Disputes.Count > 0).ToList();
        Assert.True(disputed.Count > 20, $"Only {disputed.Count} payments were disputed.");
        foreach (var payment in disputed)
        {
            Assert.Equal((Sum("open"), Sum("lost")), (payment.Disputed, payment.ChargedBack));
            Assert.Equal(payment.Disputed > 0 ? "disputed" : "charged_back", payment.Status);
            var entries = (await merchant.GetAsync($"/v1/payments/{payment.PaymentId}/history")).Body["data"]!.AsArray();
            var (withheld, asked) = (0L, 0L);
            foreach (var entry in entries)
            {
                var amount = (long?)entry!["metadata"]!["amount"] ?? 0;
                withheld += (string?)entry["type"] == "chargeback.created" ? amount : 0;
                if ((string?)entry["type"] == "refund.requested")
                {
                    asked += amount;
                    Assert.True(withheld == 0 || asked + withheld <= payment.Captured, $"{asked} refunded of {payment.Captured}, of which {withheld} were disputed: {entries.ToJsonString()}");
                }
            }

            long Sum(string state) => payment.Disputes.Where(dispute => dispute.State == state).Sum(dispute => dispute.Amount);
        }
    }

    private async Task ActAsync(MerchantClient client, Disputes disputes, string payment, string action, int number)
    {
        if (action.StartsWith("dispute", StringComparison.Ordinal))
        {
            // Half of the first capture, so that two of them are a whole one.
            var capture = (await client.GetAsync($"/v1/payments/{payment}")).Body["operations"]!.AsArray().First(operation => (string?)operation!["type"] == "capture")!;
            var (id, amount) = ((string)capture["id"]!, (long)capture["amount"]! / 2);
            await disputes.TellAsync(Disputes.Opened(payment, id, amount, number));
            if (action == "dispute and lose")
            {
                await disputes.TellAsync(Disputes.Closed(payment, id, amount, DisputeOutcome.Lost, number));
            }

            return;
        }

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
