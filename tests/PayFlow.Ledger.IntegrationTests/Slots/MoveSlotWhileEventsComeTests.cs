using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Messaging;
using PayFlow.Testing;
using Xunit.Abstractions;

namespace PayFlow.Ledger.IntegrationTests.Slots;

/// <summary>A slot is moved while its merchant takes payments: their events come from a broker, through the inbox.</summary>
public sealed class MoveSlotWhileEventsComeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Payments = 150;

    private Publishing _publishing = null!;
    private LedgerProcess _ledger = null!;

    public async Task InitializeAsync()
    {
        _publishing = await Publishing.StartAsync();
        _ledger = await LedgerProcess.CreateAsync(_publishing.Broker, shards: 3);
        await _ledger.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _publishing.DisposeAsync();
    }

    [Fact]
    public async Task Move_WhilePaymentsAreTaken_PostsEachOfThemOnce()
    {
        var random = Seeds.Next(output);
        var asking = new Asking(_ledger.Client, slot: 0);
        var payments = Enumerable.Range(0, Payments).Select(_ => new Telling(asking.Merchant)).ToList();
        var amounts = payments.Select(_ => (long)random.Next(10, 1_000)).ToList();
        var captures = payments.ConvertAll(payment => payment.NewOperation());
        var publishing = Task.Run(async () =>
        {
            // Each payment is authorized first and captured later, when some moves may be between.
            for (var i = 0; i < Payments + 30; i++)
            {
                if (i < Payments)
                {
                    await _publishing.PublishAsync(payments[i].Submitted(amounts[i]), payments[i].Authorized(amounts[i]));
                }

                if (i >= 30)
                {
                    var captured = payments[i - 30].Captured(captures[i - 30], amounts[i - 30], 0, isFinal: true);
                    await _publishing.PublishAsync(captured, captured);   // as a relay that died before it noted that
                }

                await Task.Delay(random.Next(20));
            }
        });

        for (var to = 1; to <= 2; to++)
        {
            await Task.Delay(random.Next(300, 900));
            using var moved = await _ledger.Http.PostAsync($"/internal/slots/0/move?to={to}", null);
            var text = await moved.Content.ReadAsStringAsync();
            Assert.True(moved.IsSuccessStatusCode, text);
            output.WriteLine(text);
        }

        await publishing;
        var expected = amounts.Sum();
        for (var i = 0; await _ledger.Client.GetAccountAsync(new() { Account = asking.Pending }) is var account && (account.LedgerBalance, account.CreditsPending) != (expected, 0); i++)
        {
            Assert.True(i < 600, $"After a minute {account.LedgerBalance} of {expected} are posted, {account.CreditsPending} pending.");
            await Task.Delay(100);
        }

        foreach (var (payment, amount) in payments.Zip(amounts))
        {
            var listed = await asking.ListAsync(new() { PaymentId = payment.Payment.ToString() });
            Assert.Equal([("auth_hold", "posted", amount), ("capture", "", amount)], listed.Select(transfer => (transfer.Type, transfer.PendingState, transfer.Amount)));
        }

        await _ledger.Client.GetTrialBalanceAsync(new());
        await Soundness.AssertChainAsync(_ledger.Chain);
    }
}
