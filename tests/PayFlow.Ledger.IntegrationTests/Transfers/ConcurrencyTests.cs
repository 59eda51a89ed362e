using System.Collections.Concurrent;
using PayFlow.Ledger.IntegrationTests.Support;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Transfers;

public sealed class ConcurrencyTests
{
    private const int Writers = 16;
    private const int Rounds = 60;
    private const int HotAccounts = 10;

    /// <summary>
    /// Sixteen writers, alone and in chains and in large requests, on ten accounts that may not go below zero; half of what they send is sent by somebody
    /// else at the same time, too; in one process, which knows what its batches left, or in two, neither of which knows what the other does.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CreateTransfers_SixteenWritersOnTenHotAccounts_NothingIsLostDoubledOrOverdrawn(bool areTwo)
    {
        await using var host = await LedgerHost.StartAsync();
        await using var other = areTwo ? await host.StartAnotherAsync() : null;
        using var batches = new Batches(host);
        var asking = new Asking(host);
        var elsewhere = asking.Through(other ?? host);
        var hot = Enumerable.Range(0, HotAccounts).Select(index => Asking.Name($"merchant/{asking.Merchant.Derive("mer", $"{index}")}/available")).ToArray();
        await asking.AskAsync([.. hot.Select(account => asking.Posted(asking.Receivable, account, 1_000))]);
        var answers = new ConcurrentBag<(string Id, string Reason)>();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            for (var round = 0; round < Rounds; round++)
            {
                var transfers = Request(asking, hot, random);
                var answered = await Task.WhenAll(Enumerable.Range(0, 1 + (round % 2)).Select(time => ((writer + time) % 2 == 0 ? asking : elsewhere).AskAsync(transfers)));
                foreach (var (transfer, reason) in answered.SelectMany(reasons => transfers.Zip(reasons)))
                {
                    answers.Add((transfer.TransferId, reason));
                }
            }
        })));

        // Whoever asked twice was told once that it was created, or never.
        var created = answers.GroupBy(answer => answer.Id).Count(same => same.Any(answer => answer.Reason == "created"));
        Assert.All(answers.GroupBy(answer => answer.Id), same => Assert.True(same.Count(answer => answer.Reason == "created") <= 1));
        Assert.True(created > Writers * Rounds / 4, $"Only {created} transfers were created: the accounts were not busy.");
        Assert.Contains(answers, answer => answer.Reason == "exists");
        Assert.Contains(answers, answer => answer.Reason == "exceeds_available");
        Assert.Equal(created + HotAccounts, await host.CountAsync("SELECT count(*) FROM transfers"));

        // The sum is what was put in, no entry left an account below zero, and running balances follow from each other without a gap.
        Assert.Equal(0, await host.CountAsync("SELECT sum(debits_posted - credits_posted)::bigint FROM accounts"));
        Assert.Equal(0, await host.CountAsync("SELECT count(*) FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.rules = 1 AND e.balance > 0"));
        Assert.Equal(0, await host.CountAsync(Soundness.BrokenEntries));
        var trial = await host.Client.GetTrialBalanceAsync(new());
        Assert.Equal((trial.Lines.Single().Debits, (long)created + HotAccounts), (trial.Lines.Single().Credits, trial.Lines.Single().Transfers));
        await Soundness.AssertChainAsync(host.Chain);
        Assert.True(batches.Of("known") > 0, "Nothing was trusted: nothing of it was tested.");
        Assert.True(batches.Of("again") > 0, "Nothing was trusted wrongly, or refused: nothing of it was tested.");
    }

    /// <summary>The same pending transfer, posted and voided by many at once, ends once.</summary>
    [Fact]
    public async Task CreateTransfers_ManyEndsOfOnePending_OneWins()
    {
        await using var host = await LedgerHost.StartAsync();
        var asking = new Asking(host);
        for (var round = 0; round < 20; round++)
        {
            var hold = asking.Held(asking.Receivable, asking.Available, 10);
            await asking.AskAsync(hold);

            var ends = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => asking.AskAsync(asking.End(hold.TransferId, isVoid: index % 2 == 0))));

            Assert.Single(ends, reasons => reasons is ["created"]);
            Assert.All(ends, reasons => Assert.Contains(reasons[0], new[] { "created", "pending_already_posted", "pending_already_voided" }));
        }

        Assert.Equal(0, await host.CountAsync("SELECT sum(debits_pending + credits_pending)::bigint FROM accounts"));
    }

    /// <summary>The same id for different accounts: no lock keeps them apart, only the primary key.</summary>
    [Fact]
    public async Task CreateTransfers_OneIdForDifferentAccountsAtOnce_IsCreatedOnce()
    {
        await using var host = await LedgerHost.StartAsync(1, ("Ledger:MaxTransfersToShareCommit", "0"));   // each in a transaction of its own
        var asking = new Asking(host);
        for (var round = 0; round < 20; round++)
        {
            var transfers = Enumerable.Range(0, 8).Select(index => asking.Posted(Asking.Name($"bank_cash/a{index}"), Asking.Name($"payout_clearing/b{index}"), 1)).ToList();
            transfers.ForEach(transfer => transfer.TransferId = transfers[0].TransferId);

            var reasons = await Task.WhenAll(transfers.Select(transfer => asking.AskAsync(transfer)));

            Assert.Equal(["created", .. Enumerable.Repeat("exists_with_different_debit_account", 7)], reasons.Select(reason => reason[0]).Order(StringComparer.Ordinal));
        }

        Assert.Equal(20, await host.CountAsync("SELECT count(*) FROM transfers"));
        await host.Client.GetTrialBalanceAsync(new());
    }

    private static Contract.NewTransfer[] Request(Asking asking, Contract.AccountName[] hot, Random random)
    {
        Contract.NewTransfer Move(bool linked)
        {
            var from = random.Next(hot.Length);
            var transfer = asking.Posted(hot[from], hot[(from + 1 + random.Next(hot.Length - 1)) % hot.Length], random.Next(1, 400));
            transfer.Linked = linked;
            return transfer;
        }

        switch (random.Next(4))
        {
            case 0:
                return [Move(linked: true), Move(linked: false)];
            case 1:
                var hold = Move(linked: false);
                hold.Kind = Contract.TransferKind.Pending;
                return [hold, asking.End(hold.TransferId, random.Next(0, 3), isVoid: false)];
            case 2:
                return [.. Enumerable.Range(0, 20).Select(_ => Move(linked: false))];
            default:
                return [Move(linked: false)];
        }
    }
}
