using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Chain;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Partitions;
using PayFlow.Ledger.Periods;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Partitions;

public sealed class PartitionTests : IAsyncLifetime
{
    private readonly ShiftedTime _time = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("payflow-archive-").FullName;
    private LedgerHost _host = null!;
    private Asking _asking = null!;

    /// <summary>This month, which will be over.</summary>
    private Period Month { get; } = Period.Of(TimeProvider.System.GetUtcNow());

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync(_time, 1, ("Ledger:Partitions:ArchiveDirectory", _directory));
        _asking = new Asking(_host);
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task CreateTransfers_SentAgainAfterTheMonthEnded_Exist()
    {
        _time.Set(Month.End.AddSeconds(-20));
        var (hold, posted) = (At(_asking.Held(_asking.Receivable, _asking.Available, 100)), At(_asking.Posted(_asking.Receivable, _asking.Available, 5)));
        Assert.Equal(["created", "created"], await _asking.AskAsync(hold, posted));

        _time.Set(Month.End.AddSeconds(1));
        var end = At(_asking.End(hold.TransferId, 60));
        Assert.Equal(["exists", "exists", "created"], await _asking.AskAsync(hold, posted, end));
        Assert.Equal(["exists", "exists", "exists"], await _asking.AskAsync(end, hold, posted));
        Assert.Equal((65, 65), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal(
            (2, 1),
            (await _host.CountAsync($"SELECT count(*) FROM transfers_{Month.Number}"), await _host.CountAsync($"SELECT count(*) FROM transfers_{Month.Next.Number}")));
        await _host.Client.GetTrialBalanceAsync(new());
    }

    [Fact]
    public async Task Worker_AYearLater_HasMadeTheMonthsToCome()
    {
        var later = Period.Of(TimeProvider.System.GetUtcNow().AddYears(1));
        _time.Set(later.Start.AddDays(3));
        Assert.Equal("degraded", await HealthAsync());

        await _host.Service<PartitionWorker>().MakeAsync(CancellationToken.None);

        Assert.Equal(["created"], await _asking.AskAsync(At(_asking.Posted(_asking.Receivable, _asking.Available, 5))));
        Assert.Equal("healthy", await HealthAsync());
        Assert.Equal(1, await _host.CountAsync($"SELECT count(*) FROM transfers_{later.Number}"));
    }

    [Fact]
    public async Task Archive_ClosedMonth_IsDetachedAndEverythingStillAddsUp()
    {
        await FillAsync();
        var before = await TrialAsync();

        var manifest = Assert.Single((await ArchiveAsync(Month)).EnumerateArray());

        Assert.Equal((3L, Month.ToString()), (manifest.GetProperty("transfers").GetInt64(), manifest.GetProperty("month").GetString()));
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM transfers WHERE id < ledger_first_id('{Month.End:O}')"));
        Assert.Equal(3, await _host.CountAsync($"SELECT count(*) FROM transfers_{Month.Number}"));   // its own table now
        Assert.Equal(before, await TrialAsync());
        Assert.Equal((67, 67), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal(manifest.ToString(), Assert.Single((await ArchiveAsync(Month)).EnumerateArray()).ToString());   // again

        // What was archived can't be told from what never was: it is refused, whoever asks.
        _time.Set(Month.Start.AddDays(1));
        var old = At(_asking.Posted(_asking.Receivable, _asking.Available, 1));
        _time.Set(Month.Next.End.AddDays(1));
        Assert.Equal(["id_too_old", "created"], await _asking.AskAsync(old, At(_asking.Posted(_asking.Receivable, _asking.Available, 1))));
        Assert.Equal(Month.Next.ToString(), (await ListHeadersAsync()).GetValue("payflow-archived-before"));
        await _host.Client.GetTrialBalanceAsync(new());
        Assert.Empty((await ChainOfHost.VerifyAsync(_host.Chain)).Findings);   // from the first block on, archived or not
    }

    [Fact]
    public async Task Archive_Restored_IsWhatTheManifestSays()
    {
        await FillAsync();
        await ArchiveAsync(Month);
        Assert.True((await VerifyAsync()).GetProperty("holds").GetBoolean());

        // A file that isn't the one that was written.
        var file = Path.Combine(_directory, ArchiveFiles.NameOf(0, Month, "csv.gz"));
        var bytes = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, [.. bytes, 0]);
        Assert.Contains("SHA-256", (await VerifyAsync()).GetProperty("findings")[0].GetString(), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains("is not there", (await VerifyAsync()).GetProperty("findings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archive_RestoredRowsThatAreOthers_AreFoundByTheirSumsAndTheirBlocks()
    {
        await FillAsync();
        await ArchiveAsync(Month);
        var manifest = Manifest.Read((string)(await _host.SqlAsync($"SELECT manifest FROM archives WHERE month = {Month.Number}"))!);
        var shard = _host.Service<Storage.Shards>().All[0];
        foreach (var (change, finding) in new[] { ("amount = amount + 1", "add up"), ("debit_account_id = credit_account_id, credit_account_id = debit_account_id", "entries of account"), ("type = 'fee'", "block 1 ") })
        {
            await using var transaction = await shard.BeginAsync(CancellationToken.None);
            using (var rows = _host.Service<ArchiveFiles>().Read(manifest.TransferFile.Name))
            {
                await RestoreSql.RestoreAsync(transaction, rows, CancellationToken.None);
            }

            Assert.Empty(await RestoreSql.CompareAsync(transaction, Month, manifest, 10, CancellationToken.None));
            await using var command = new Npgsql.NpgsqlCommand($"UPDATE restored SET {change} WHERE kind = 1", transaction.Connection, transaction.Transaction);
            Assert.True(await command.ExecuteNonQueryAsync() > 0);
            Assert.Contains(await RestoreSql.CompareAsync(transaction, Month, manifest, 10, CancellationToken.None), found => found.Contains(finding, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Archive_MonthThatIsOpenOrInUseOrNotTheOldest_IsRefused()
    {
        await EmptyMonthsAsync();
        var hold = At(_asking.Held(_asking.Receivable, _asking.Available, 100));
        await _asking.AskAsync(hold);
        Assert.Equal("month_in_use", await RefusedAsync(Month));   // not closed
        Assert.Equal("month_out_of_order", await RefusedAsync(Month.Next));
        _time.Set(Month.End.AddHours(1));
        await CloseAsync(Month);
        Assert.Equal("month_in_use", await RefusedAsync(Month));   // pending
        Assert.Equal(["created"], await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 1)));   // ids are taken as before

        Assert.Equal(["created"], await _asking.AskAsync(At(_asking.End(hold.TransferId, isVoid: true))));
        Assert.Equal("month_in_use", await RefusedAsync(Month));   // an id of it was booked in the month after
        _time.Set(Month.Next.End.AddHours(1));
        await CloseAsync(Month.Next);
        await ArchiveAsync(Month);
    }

    /// <summary>A month with a hold, a transfer, and a hold that ended in the month after; closed.</summary>
    private async Task FillAsync()
    {
        await EmptyMonthsAsync();
        var (hold, late) = (At(_asking.Held(_asking.Receivable, _asking.Available, 100)), At(_asking.Held(_asking.Receivable, _asking.Available, 7)));
        hold.ExternalReference = "two\nlines, and \"quotes\"";
        await _asking.AskAsync(hold, late, At(_asking.Posted(_asking.Receivable, _asking.Available, 5)));
        _time.Set(Month.End.AddHours(1));
        await _asking.AskAsync(At(_asking.End(hold.TransferId, 60)), At(_asking.End(late.TransferId, isVoid: true)), At(_asking.Posted(_asking.Receivable, _asking.Available, 2)));
        await CloseAsync(Month);
    }

    /// <summary>The months before this one, in which nothing happened, are archived.</summary>
    private async Task EmptyMonthsAsync()
    {
        foreach (var month in new[] { Month.Previous.Previous, Month.Previous })
        {
            await CloseAsync(month);
        }

        await ArchiveAsync(Month.Previous.Previous);
        await ArchiveAsync(Month.Previous);
    }

    /// <summary>The same transfer with an id of the clock's time.</summary>
    private Contract.NewTransfer At(Contract.NewTransfer transfer)
    {
        transfer.TransferId = Id.New(IdPrefix.Transfer, _asking.Merchant.Slot, _time.GetUtcNow()).ToString();
        return transfer;
    }

    private async Task CloseAsync(Period period) => await _host.Operation.ClosePeriodAsync(new() { Period = period.Number });

    private async Task<JsonElement> ArchiveAsync(Period month)
    {
        using var answer = await _host.Http.PostAsync($"/internal/archives/{month}", null);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, body.ToString());
        return body.GetProperty("archives");
    }

    private async Task<string?> RefusedAsync(Period month)
    {
        using var answer = await _host.Http.PostAsync($"/internal/archives/{month}", null);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
    }

    private async Task<JsonElement> VerifyAsync()
    {
        using var answer = await _host.Http.PostAsync($"/internal/archives/{Month}/verify", null);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<string?> HealthAsync() => (await _host.Http.GetFromJsonAsync<JsonElement>("/health")).GetProperty("checks").GetProperty("partitions").GetProperty("status").GetString();

    private async Task<string> TrialAsync() => (await _host.Client.GetTrialBalanceAsync(new())).ToString();

    private async Task<Metadata> ListHeadersAsync()
    {
        using var call = _host.Client.ListTransfers(new());
        return await call.ResponseHeadersAsync;
    }
}
