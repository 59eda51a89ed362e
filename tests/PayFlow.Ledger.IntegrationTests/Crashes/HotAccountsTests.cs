using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
using Npgsql;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Testing;
using Xunit.Abstractions;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Crashes;

/// <summary>Sixty-four writers on ten hot accounts, while the ledger and its database are killed again and again.</summary>
public sealed class HotAccountsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Writers = 64;
    private const int HotAccounts = 10;
    private const int Funds = 2_000;

    // A minute with TEST_LEDGER_SECONDS=60.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("TEST_LEDGER_SECONDS") ?? "8", CultureInfo.InvariantCulture));

    private PostgresServer _postgres = null!;
    private LedgerProcess _ledger = null!;

    public async Task InitializeAsync()
    {
        _postgres = await PostgresServer.StartNewAsync();
        _ledger = await LedgerProcess.CreateAsync(_postgres);
        await _ledger.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Fact]
    public async Task CreateTransfers_KilledAtRandomUnderLoad_NothingIsLostDoubledOrOverdrawn()
    {
        var seed = Seeds.Number(output);
        var asking = new Asking(_ledger.Client);
        var hot = Enumerable.Range(0, HotAccounts).Select(index => Asking.Name($"merchant/{asking.Merchant.Derive("mer", $"{index}")}/available")).ToArray();
        var funding = hot.Select(account => asking.Posted(asking.Receivable, account, Funds)).ToArray();
        await asking.AskAsync(funding);
        var accepted = new ConcurrentDictionary<string, bool>(funding.Select(transfer => KeyValuePair.Create(transfer.TransferId, true)));
        var (isOver, again) = (false, 0);

        var writers = Enumerable.Range(0, Writers).Select(number => Task.Run(async () =>
        {
            var random = new Random(seed + number);
            while (!Volatile.Read(ref isOver))
            {
                var request = Request(asking, hot, random);
                var reasons = await InsistAsync(() => asking.AskAsync(request), () => Interlocked.Increment(ref again));
                for (var i = 0; i < request.Length; i++)
                {
                    Assert.True(accepted.TryAdd(request[i].TransferId, reasons[i] is "created" or "exists"));
                }
            }
        })).ToList();
        var kills = await KillAsync(new Random(seed - 1));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(writers);

        output.WriteLine($"{accepted.Count} transfers asked for, {accepted.Count(answer => answer.Value)} accepted, {again} requests sent again, {kills} kills");
        Assert.True(again > 0 && kills > 2, "Nothing was under way when the processes died.");
        await using var source = NpgsqlDataSource.Create(_ledger.Database);
        Assert.Equal(accepted.Where(answer => answer.Value).Select(answer => answer.Key).Order(StringComparer.Ordinal), await InBooksAsync(asking));
        Assert.Equal(0, await source.CountAsync("SELECT sum(debits_posted - credits_posted)::bigint FROM accounts"));
        Assert.Equal(0, await source.CountAsync("SELECT count(*) FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.rules = 1 AND e.balance > 0"));
        Assert.Equal(0, await source.CountAsync(Soundness.BrokenEntries));
        await _ledger.Client.GetTrialBalanceAsync(new());
        await Soundness.AssertChainAsync(_ledger.Chain);
    }

    /// <summary>Kills the ledger, or the database under it, until the time is over; each comes back at once.</summary>
    private async Task<int> KillAsync(Random random)
    {
        var started = TimeProvider.System.GetTimestamp();
        var kills = 0;
        for (; TimeProvider.System.GetElapsedTime(started) < Duration || kills < 3; kills++)
        {
            await Task.Delay(random.Next(200, 1_200));
            if (random.Next(3) == 0 || kills == 1)
            {
                await _postgres.KillAsync();
                await _postgres.StartAsync();
            }
            else
            {
                await _ledger.KillAsync();
                await _ledger.StartAsync();
            }
        }

        return kills;
    }

    private async Task<List<string>> InBooksAsync(Asking asking)
    {
        var listed = await asking.ListAsync(new Contract.ListTransfersRequest());
        return [.. listed.Select(transfer => transfer.TransferId).Order(StringComparer.Ordinal)];
    }

    /// <summary>Asks again with the same ids until there is an answer.</summary>
    private static async Task<string[]> InsistAsync(Func<Task<string[]>> ask, Action unanswered)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (RpcException lost) when (lost.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown or StatusCode.Cancelled or StatusCode.DeadlineExceeded)
            {
                unanswered();
                await Task.Delay(50);
            }
        }
    }

    private static Contract.NewTransfer[] Request(Asking asking, Contract.AccountName[] hot, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return [Move(linked: true), Move(linked: true), Move(linked: false)];
            case 1:
                var hold = Move(linked: false);
                hold.Kind = Contract.TransferKind.Pending;
                return [hold, asking.End(hold.TransferId, random.Next(0, 3), isVoid: false)];
            case 2:
                return [.. Enumerable.Range(0, 20).Select(_ => Move(linked: false))];   // more than share a commit
            default:
                return [Move(linked: false)];
        }

        Contract.NewTransfer Move(bool linked)
        {
            var from = random.Next(hot.Length);
            var transfer = asking.Posted(hot[from], hot[(from + 1 + random.Next(hot.Length - 1)) % hot.Length], random.Next(1, 400));
            transfer.Linked = linked;
            return transfer;
        }
    }
}
