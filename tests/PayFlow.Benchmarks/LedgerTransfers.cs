using System.Globalization;
using Grpc.Net.Client;
using PayFlow.Contracts.Common.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Kernel;
using Spectre.Console;
using Mode = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Benchmarks;

/// <summary>
/// Transfers between wallets over the ledger's gRPC API, each checked against the payer's balance: one in each call, and in bulk; beside what a transaction for each transfer comes
/// to on the same Postgres.
/// </summary>
internal static class LedgerTransfers
{
    private const int Wallets = 10_000;
    private const int Hot = 10;
    private const int Bulk = 8_000;
    private const int BulkClients = 3;
    private const long Funds = 1_000_000_000_000;

    public static async Task<int> RunAsync(Settings settings, int growTo)
    {
        using var channel = GrpcChannel.ForAddress(settings.Addresses.Ledger, new GrpcChannelOptions { MaxSendMessageSize = null, MaxReceiveMessageSize = null });
        var ledger = new Ledger.LedgerClient(channel);
        var wallets = Enumerable.Range(0, Wallets).Select(number => new Wallet(number)).ToArray();
        await FundAsync(ledger, wallets);
        Choice[] choices = [Choice.Uniform("uniform", Wallets), Choice.Uniform("10 hot", Hot), Choice.Zipf("Zipf", Wallets)];

        List<Measurement> measured = [];
        await using var baselines = await LedgerBaselines.StartAsync(settings.Postgres, Wallets);
        foreach (var choice in choices)
        {
            measured.Add(await Measurement.TakeAsync($"(a) SELECT … FOR UPDATE, {choice.Name}", settings with { Clients = 64 }, _ => baselines.LockAsync(choice.Next())));
            measured.Add(await Measurement.TakeAsync($"(b) SQL function, {choice.Name}", settings with { Clients = 64 }, _ => baselines.CallAsync(choice.Next())));
            measured.Add(await Measurement.TakeAsync($"one a call, 64 callers, {choice.Name}", settings with { Clients = 64 }, _ => SendAsync(ledger, wallets, choice, 1)));
            measured.Add(await Measurement.TakeAsync($"one a call, 256 callers, {choice.Name}", settings with { Clients = 256 }, _ => SendAsync(ledger, wallets, choice, 1)));
            measured.Add(await Measurement.TakeAsync($"bulk, {Bulk} a call, {choice.Name}", settings with { Clients = BulkClients }, _ => SendAsync(ledger, wallets, choice, Bulk), each: Bulk));
            Write(settings, measured, choice);
        }

        await GrowAsync(ledger, wallets, choices[0], growTo);
        var statements = new Statements(new Accounts.AccountsClient(channel));
        measured.Add(await Measurement.TakeAsync("a statement, 1 caller", settings with { Clients = 1 }, _ => statements.ReadAsync(wallets[Random.Shared.Next(Hot, Wallets)])));
        AnsiConsole.WriteLine($"A wallet's statement of all its entries, after all of this: p50 {measured[^1].P50:0.0} ms, p95 {measured[^1].P95:0.0} ms, {statements.EntriesEach:N0} entries each.");
        return measured.TrueForAll(measurement => measurement.Failures == 0) ? 0 : 1;
    }

    private static async Task FundAsync(Ledger.LedgerClient ledger, Wallet[] wallets)
    {
        var bank = new AccountName { Path = "bank_cash/benchmark", Mode = Mode.Test, Currency = "USD" };
        foreach (var chunk in wallets.Chunk(Bulk))
        {
            var request = new CreateTransfersRequest();
            foreach (var wallet in chunk)
                request.Transfers.Add(Transfer(wallet.Slot, bank, wallet.Account, Funds));
            await AskAsync(ledger, request);
        }
    }

    private static Task<bool> SendAsync(Ledger.LedgerClient ledger, Wallet[] wallets, Choice choice, int count)
    {
        var request = new CreateTransfersRequest();
        for (var i = 0; i < count; i++)
        {
            var (from, to) = choice.Next();
            request.Transfers.Add(Transfer(wallets[from].Slot, wallets[from].Account, wallets[to].Account, 1));
        }

        return AskAsync(ledger, request);
    }

    private static async Task<bool> AskAsync(Ledger.LedgerClient ledger, CreateTransfersRequest request)
    {
        var response = await ledger.CreateTransfersAsync(request);
        foreach (var result in response.Results)
        {
            if (result.Code != 0)
                throw new InvalidOperationException($"A transfer was refused: {result.Reason}.");
        }

        return response.Results.Count == request.Transfers.Count;
    }

    private static NewTransfer Transfer(Slot slot, AccountName debit, AccountName credit, long amount) => new()
    {
        TransferId = Id.New(IdPrefix.Transfer, slot, TimeProvider.System.GetUtcNow()).ToString(),
        Kind = TransferKind.Posted,
        Debit = debit,
        Credit = credit,
        Amount = amount,
        Type = "transfer",
    };

    /// <summary>What a transfer costs in bulk while the table grows, and what memory the ledger holds meanwhile.</summary>
    private static async Task GrowAsync(Ledger.LedgerClient ledger, Wallet[] wallets, Choice choice, int growTo)
    {
        var table = new Table().Title("In bulk, uniform, while the table grows").AddColumns("transfers written", "per second", "CPU µs each", "ledger's memory, MB");
        long written = 0;
        foreach (var goal in new long[] { 100_000, 1_000_000, 5_000_000 }.Where(goal => goal <= growTo))
        {
            var (before, begun, from) = (ProcessorTime.Now(), TimeProvider.System.GetTimestamp(), written);
            await Task.WhenAll(Enumerable.Range(0, BulkClients).Select(async _ =>
            {
                while (Interlocked.Add(ref written, Bulk) <= goal)
                    await SendAsync(ledger, wallets, choice, Bulk);
            }));
            written = goal / Bulk * Bulk;
            var count = written - from;
            var used = ProcessorTime.Now().Since(before).Aggregate(TimeSpan.Zero, (sum, part) => sum + part.Used);
            table.AddRow(
                $"{from:N0} – {written:N0}", $"{count / TimeProvider.System.GetElapsedTime(begun).TotalSeconds:N0}", $"{used.TotalMicroseconds / count:0.0}",
                $"{ProcessorTime.MemoryOf("Ledger") / 1_000_000.0:0}");
        }

        if (written > 0)
            AnsiConsole.Write(table);
    }

    private static void Write(Settings settings, List<Measurement> measured, Choice choice)
    {
        var rows = measured.FindAll(measurement => measurement.Name.EndsWith(choice.Name, StringComparison.Ordinal));
        var table = new Table().Title($"{choice.Name}: {settings.Duration.TotalSeconds:0} s each, load generator on the same {Environment.ProcessorCount} cores")
            .AddColumns("", "transfers/s", "p50 ms", "p95 ms", "p99 ms", "÷ (a)", "÷ (b)", "CPU µs each");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Name, $"{row.PerSecond:N0}", $"{row.P50:0.0}", $"{row.P95:0.0}", $"{row.P99:0.0}", $"{row.PerSecond / rows[0].PerSecond:0.0}", $"{row.PerSecond / rows[1].PerSecond:0.0}",
                string.Join(", ", row.Processor.Take(4).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Part} {part.Used.TotalMicroseconds:0.0}"))));
        }

        AnsiConsole.Write(table);
    }

    private sealed class Statements(Accounts.AccountsClient accounts)
    {
        private long _entries;
        private long _statements;

        public double EntriesEach => (double)_entries / Math.Max(1, _statements);

        /// <summary>Reads all entries of a wallet.</summary>
        public async Task<bool> ReadAsync(Wallet wallet)
        {
            using var call = accounts.GetStatement(new GetStatementRequest { Account = wallet.Account });
            var before = _entries;
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
                _entries += call.ResponseStream.Current.PartCase == StatementPart.PartOneofCase.Entry ? 1 : 0;
            _statements++;
            return _entries > before;
        }
    }

    /// <summary>The wallet of an owner: guarded, it may not go below zero.</summary>
    private sealed class Wallet(int number)
    {
        public Slot Slot { get; } = new(number % Slot.Count);

        public AccountName Account { get; } = new()
        {
            Path = $"wallet/{Id.New(IdPrefix.Merchant, new Slot(number % Slot.Count), TimeProvider.System.GetUtcNow())}", Mode = Mode.Test, Currency = "USD",
        };
    }
}
