using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Rpc;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Statements;

/// <summary>Statements over gRPC, read over pages of three.</summary>
public sealed class StatementTests(LedgerFixture fixture) : IClassFixture<LedgerFixture>
{
    private readonly Asking _asking = new(fixture.Host);

    [Fact]
    public async Task GetStatement_OfATime_IsCutBetweenTheOnesBesideIt()
    {
        await AskAsync(100);
        var from = await NowAsync();
        var hold = _asking.Held(_asking.Available, _asking.Revenue, 40);
        await _asking.AskAsync(hold);
        await AskAsync(7, 8, 9);
        await _asking.AskAsync(_asking.End(hold.TransferId, 30));
        var to = await NowAsync();
        await AskAsync(1, 2);

        var before = await GetAsync(null, from);
        var (opening, entries, closing) = await GetAsync(from, to);
        var after = await GetAsync(to, null);

        Assert.Equal([(2L, true, 100L), (3, false, 107), (4, false, 115), (5, false, 124), (6, true, 94)], entries.Select(entry => (entry.Number, entry.IsDebit, entry.Balance)));
        Assert.Equal([40L, 7, 8, 9, 30], entries.Select(entry => entry.Transfer.Amount));
        Assert.Equal((1, 100, 6, 94), (opening.EntryNumber, opening.Balance, closing.EntryNumber, closing.Balance));
        Assert.Equal((0, 0), (before.Opening.EntryNumber, before.Opening.Balance));
        Assert.Equal((before.Closing, after.Opening), (opening, closing));
        Assert.Equal((8, 97), (after.Closing.EntryNumber, after.Closing.Balance));

        var whole = await GetAsync(null, null);
        Assert.Equal(before.Entries.Concat(entries).Concat(after.Entries), whole.Entries);
        var month = TimeProvider.System.GetUtcNow();
        Assert.Equal(whole.Entries.Count, (await ReadAsync(new() { Account = _asking.Available, Month = (month.Year * 100) + month.Month })).Entries.Count);   // unless a month ends right now
    }

    [Fact]
    public async Task GetStatement_OfATimeWithoutEntries_SaysTheBalance()
    {
        await AskAsync(100);
        var later = TimeProvider.System.GetUtcNow().AddDays(1);

        var (opening, entries, closing) = await GetAsync(later, later.AddDays(1));

        Assert.Empty(entries);
        Assert.Equal((1, 100, opening), (opening.EntryNumber, opening.Balance, closing));
    }

    [Fact]
    public async Task GetStatement_OfAnAssetAccount_IsOnItsNormalSide()
    {
        var receivable = Asking.Name($"acquirer_receivable/{_asking.Merchant.ToString()[^20..]}");
        await _asking.AskAsync(_asking.Posted(receivable, _asking.Available, 5));

        Assert.Equal(5, (await ReadAsync(new() { Account = receivable })).Closing.Balance);
    }

    [Fact]
    public async Task GetStatement_OfNobodyOrWithWrongFields_IsRefused()
    {
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => GetAsync(null, null))).StatusCode);
        var wrong = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(new() { Month = 202613, From = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) }));
        Assert.Equal(["account.path", "account.mode", "account.currency", "month", "month"], wrong.Refusal()!.Errors.Select(error => error.Param));
    }

    private async Task AskAsync(params long[] amounts) => Assert.All(
        await _asking.AskAsync([.. amounts.Select(amount => _asking.Posted(_asking.Receivable, _asking.Available, amount))]), reason => Assert.Equal("created", reason));

    /// <summary>A time that is between what was asked and what will be.</summary>
    private static async Task<DateTimeOffset> NowAsync()
    {
        await Task.Delay(5);
        var now = TimeProvider.System.GetUtcNow();
        await Task.Delay(5);
        return now;
    }

    private Task<(Contract.StatementEnd Opening, List<Contract.StatementEntry> Entries, Contract.StatementEnd Closing)> GetAsync(DateTimeOffset? from, DateTimeOffset? to) => ReadAsync(new()
    {
        Account = _asking.Available,
        From = from is { } begin ? Timestamp.FromDateTimeOffset(begin) : null,
        To = to is { } end ? Timestamp.FromDateTimeOffset(end) : null,
    });

    private async Task<(Contract.StatementEnd Opening, List<Contract.StatementEntry> Entries, Contract.StatementEnd Closing)> ReadAsync(Contract.GetStatementRequest request)
    {
        using var call = fixture.Host.Accounts.GetStatement(request);
        var parts = new List<Contract.StatementPart>();
        await foreach (var part in call.ResponseStream.ReadAllAsync())
        {
            parts.Add(part);
        }

        return (parts[0].Opening, [.. parts.Skip(1).SkipLast(1).Select(part => part.Entry)], parts[^1].Closing);
    }
}
