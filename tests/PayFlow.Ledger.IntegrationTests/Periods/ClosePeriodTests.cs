using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Npgsql;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Periods;
using PayFlow.ServiceDefaults.Rpc;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Periods;

public sealed class ClosePeriodTests : IAsyncLifetime
{
    private const int Writers = 8;

    private readonly ShiftedTime _time = new();
    private LedgerHost _host = null!;
    private Asking _asking = null!;

    /// <summary>The month before this one, which is over.</summary>
    private Period Last => Period.Of(TimeProvider.System.GetUtcNow()).Previous;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync(_time);
        _asking = new Asking(_host);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Close_WhileEightWritersPost_LosesNothingBetweenTwoPeriods()
    {
        using var over = new CancellationTokenSource();
        var (posted, answers) = (0L, new ConcurrentDictionary<string, int>());
        var writers = Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var n = 0; !over.IsCancellationRequested; n++)
            {
                var effective = n % 2 == 0 ? Last.End.AddSeconds(-1) : TimeProvider.System.GetUtcNow();
                foreach (var answer in await _asking.AskAsync(Effective(effective, 1), Effective(effective, 1)))
                {
                    answers.AddOrUpdate(answer, 1, (_, count) => count + 1);
                }

                Interlocked.Add(ref posted, 2);
            }
        }).ToList();
        while (Interlocked.Read(ref posted) < 200)
        {
            await Task.Delay(10);
        }

        var closed = await CloseAsync(Last);
        var atClose = Interlocked.Read(ref posted);
        while (Interlocked.Read(ref posted) < atClose + 200)
        {
            await Task.Delay(10);
        }

        await over.CancelAsync();
        await Task.WhenAll(writers);

        var (line, open) = (Assert.Single(closed.Lines), Assert.Single((await _host.Operation.GetPeriodAsync(new() { Period = Last.Next.Number })).Lines));
        Assert.Equal([("created", (int)posted)], answers.Select(answer => (answer.Key, answer.Value)));
        Assert.NotNull(closed.ClosedAt);
        Assert.True(line.Debits > 0);
        Assert.Equal((line.Debits, open.Debits), (line.Credits, open.Credits));
        Assert.Equal(posted, line.Debits + open.Debits);
        Assert.Equal(line.Debits, await _host.CountAsync($"SELECT count(*) FROM transfers WHERE period = {Last.Number}"));
        Assert.True(await _host.CountAsync($"SELECT count(*) FROM transfers WHERE period = {Last.Next.Number} AND effective_at < '{Last.End:O}'") > 0);   // late entries, with their own date
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Close_MonthAfterMonth_CarriesBalancesOver()
    {
        await _asking.AskAsync(Effective(Last.Start.AddDays(3), 100), Effective(Last.End.AddDays(3), 10));
        await CloseAsync(Last);
        Assert.Equal(["created"], await _asking.AskAsync(Effective(Last.Start.AddDays(3), 5)));   // late
        _time.Set(Last.Next.End.AddHours(1));
        await CloseAsync(Last.Next);
        _time.Set(Last.Next.Next.End.AddHours(1));
        var empty = await CloseAsync(Last.Next.Next);

        Assert.Equal([(0L, 0L, 100L, -100L), (0L, 100L, 0L, 100L)], await TotalsAsync(Last));
        Assert.Equal([(-100L, 0L, 15L, -115L), (100L, 15L, 0L, 115L)], await TotalsAsync(Last.Next));
        Assert.Equal([(-115L, 0L, 0L, -115L), (115L, 0L, 0L, 115L)], await TotalsAsync(Last.Next.Next));
        Assert.Equal((0L, 0L, 2L), (Assert.Single(empty.Lines).Debits, empty.Lines[0].Credits, empty.Lines[0].Accounts));
    }

    [Fact]
    public async Task Close_Again_IsAnsweredWithWhatIsClosed()
    {
        await _asking.AskAsync(Effective(Last.Start, 100));
        var first = await CloseAsync(Last);

        Assert.Equal(first, await CloseAsync(Last));
        var racing = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CloseAsync(Last)));
        Assert.All(racing, again => Assert.Equal(first, again));
        Assert.Equal(1, await _host.CountAsync("SELECT count(*) FROM closed_periods"));
    }

    [Fact]
    public async Task Close_TooEarlyOrOutOfOrder_IsRefused()
    {
        await _asking.AskAsync(Effective(Last.Previous.Start, 100), Effective(Last.Start, 10));

        Assert.Equal("period_not_over", await RefusedAsync(Last.Next));
        Assert.Equal("period_out_of_order", await RefusedAsync(Last));
        await CloseAsync(Last.Previous);
        await CloseAsync(Last);
        _time.Set(Last.Next.Next.End);
        Assert.Equal("period_out_of_order", await RefusedAsync(Last.Next.Next));
    }

    [Fact]
    public async Task Close_BooksThatDontAddUp_IsRefusedAndNamesTheAccount()
    {
        await _asking.AskAsync(Effective(Last.Start, 100));
        await _host.SqlAsync("UPDATE accounts SET debits_posted = debits_posted + 1 WHERE path LIKE 'acquirer_receivable/%'");

        Assert.Equal("books_differ", await RefusedAsync(Last));
        Assert.Equal(0, await _host.CountAsync("SELECT count(*) FROM general_ledger"));

        await _host.SqlAsync("UPDATE accounts SET debits_posted = debits_posted - 1 WHERE path LIKE 'acquirer_receivable/%'");
        Assert.NotNull((await CloseAsync(Last)).ClosedAt);   // goes on where it stopped
    }

    [Fact]
    public async Task Close_ByRest_IsForOperators()
    {
        await _asking.AskAsync(Effective(Last.Start, 100));
        using var stranger = new HttpClient { BaseAddress = _host.Http.BaseAddress };
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync($"/internal/periods/{Last}/close", null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await _host.Http.PostAsync("/internal/periods/2026-13/close", null)).StatusCode);
        Assert.Equal("open", (await _host.Http.GetFromJsonAsync<JsonElement>($"/internal/periods/{Last}")).GetProperty("state").GetString());

        using var answer = await _host.Http.PostAsync($"/internal/periods/{Last}/close", null);

        var view = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("closed", 100L), (view.GetProperty("state").GetString(), view.GetProperty("lines")[0].GetProperty("debits").GetInt64()));
    }

    [Theory]
    [InlineData("UPDATE general_ledger SET debits = 0")]
    [InlineData("DELETE FROM closed_periods")]
    [InlineData("UPDATE books SET closed_through = 0")]
    public async Task Change_ByTheServicesRole_IsRefused(string sql) =>
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync(sql, "SET ROLE payflow_ledger"))).SqlState);

    private Contract.NewTransfer Effective(DateTimeOffset at, long amount)
    {
        var transfer = _asking.Posted(_asking.Receivable, _asking.Available, amount);
        transfer.EffectiveAt = at.ToTimestamp();
        return transfer;
    }

    private async Task<Contract.Period> CloseAsync(Period period)
    {
        while (true)
        {
            try
            {
                return await _host.Operation.ClosePeriodAsync(new() { Period = period.Number });
            }
            catch (RpcException busy) when (busy.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(20);   // another one closes
            }
        }
    }

    private async Task<string> RefusedAsync(Period period) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await _host.Operation.ClosePeriodAsync(new() { Period = period.Number }))).Refusal()!.Code;

    private async Task<(long Opening, long Debits, long Credits, long Closing)[]> TotalsAsync(Period period)
    {
        using var call = _host.Operation.ListAccountTotals(new() { Period = period.Number });
        var totals = new List<(long, long, long, long)>();
        await foreach (var account in call.ResponseStream.ReadAllAsync())
        {
            totals.Add((account.Opening, account.Debits, account.Credits, account.Closing));
        }

        return [.. totals.OrderBy(each => each.Item4)];
    }
}
