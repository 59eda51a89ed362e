using System.Text.Json.Nodes;
using PayFlow.Demo.Books;
using Spectre.Console;

namespace PayFlow.Demo;

/// <summary>
/// A small day: payments that approve, decline, settle short and go missing; refunds before and after the settlement; disputes that are open, won and lost; bank debits, some returned; cutoffs;
/// settlement; reconciliation; and then the books.
/// </summary>
public sealed class DemoDay(GatewayClient client, BooksReader reader, CancellationToken cancel)
{
    private const string Currency = "USD";

    // Amounts whose last two digits are 01 to 05 misbehave in the Sandbox; all others settle as they should.
    private static readonly Line[] Script =
    [
        new("approves and settles", null, 2_590, 12),
        new("declined by the issuer", "4000000000000002", 4_200, 2),
        new("declined: insufficient funds", "4000000000009995", 9_900, 2),
        new("blocked by risk", "4000000000004954", 5_000, 1),
        new("settles short", null, 7_501, 1),
        new("missing from the settlement", null, 3_302, 1),
        new("settled twice", null, 6_603, 1),
        new("settles late", null, 1_804, 1),
        new("approved, but the reply is lost", null, 2_205, 2),
        new("refunded before the settlement: the capture is voided", null, 4_110, 2) { Refund = new(null, AfterSettlement: false) },
        new("refunded in part before the settlement", null, 5_520, 2) { Refund = new(1_500, AfterSettlement: false) },
        new("refunded after the settlement, in a second batch", null, 6_630, 2) { Refund = new(null, AfterSettlement: true) },
        new("disputed as soon as it is settled, and not decided yet", "4000000000000259", 3_710, 1) { Dispute = "open" },
        new("disputed after the settlement, and won", null, 3_820, 1) { Dispute = "won" },
        new("disputed after the settlement, and lost", null, 3_930, 1) { Dispute = "lost" },
        new("debited from a bank account", null, 4_440, 2) { Account = "000123456789" },
        new("debited, and returned before the settlement: no such account", null, 4_550, 1) { Account = "000111111116", IsReturned = true },
        new("debited, settled and returned: insufficient funds", null, 4_660, 1) { Account = "000222222227", IsReturned = true },
    ];

    private readonly string _run = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
    private readonly List<Acknowledged> _acknowledged = [];
    private readonly Dictionary<(string Story, string Status), int> _outcomes = [];
    private readonly List<(Line Line, string Key, string PaymentId)> _later = [];   // what is refunded, disputed or returned after the first settlement

    public static async Task<int> RunAsync(Addresses addresses, IAnsiConsole console, CancellationToken cancel)
    {
        using var client = new GatewayClient(addresses.Gateway, addresses.ApiKey, patience: TimeSpan.FromMinutes(2));
        using var reader = new BooksReader(addresses);
        var day = new DemoDay(client, reader, cancel);
        return await day.RunAsync(console);
    }

    private async Task<int> RunAsync(IAnsiConsole console)
    {
        await reader.MisbehaveByAmountAsync(cancel);
        await console.Progress().AutoClear(false).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn()).StartAsync(async progress =>
        {
            await PayAsync(progress.AddTask("Taking payments", maxValue: Script.Sum(line => line.Times)));
            await SettleAsync(progress.AddTask("Cutoff, settlement, reconciliation", maxValue: 1));
            await GoOnAsync(progress.AddTask("Refunds and disputes of what is settled", maxValue: _later.Count));
            await SettleAsync(progress.AddTask("The next cutoff, with the refunds", maxValue: 1));
        });
        var agreement = await Agreement.WaitAsync(reader, _acknowledged, patience: TimeSpan.FromMinutes(1), TimeProvider.System, cancel);
        Report.Write(console, _outcomes);
        Report.Write(console, agreement);
        return agreement.Holds ? 0 : 1;
    }

    private async Task PayAsync(ProgressTask progress)
    {
        foreach (var line in Script)
        {
            for (var i = 0; i < line.Times; i++)
            {
                await PayAsync(line, $"demo-{_run}-{line.Story}-{i}", captureAtOnce: i % 2 == 0);
                progress.Increment(1);
            }
        }
    }

    private async Task PayAsync(Line line, string key, bool captureAtOnce)
    {
        var token = line.Account is { } account ? await client.TokenizeAccountAsync(account, cancel) : await client.TokenizeAsync(line.Card ?? TestCard.Fresh(), cancel);
        var payment = await client.PayAsync(key, token, line.Amount, Currency, captureAtOnce, cancel, method: line.Account is null ? "card" : "bank_account");
        var id = payment["id"]!.GetValue<string>();
        if (payment["status"]!.GetValue<string>() == "authorized")
        {
            payment = await client.CaptureAsync($"{key}-capture", id, cancel);
        }

        if (line.Refund is { AfterSettlement: true } || line.Dispute is not null || line.IsReturned)
        {
            _later.Add((line, key, id));
        }
        else
        {
            Acknowledge(line, line.Refund is { } refund ? await client.RefundAsync($"{key}-refund", id, refund.Amount, Currency, cancel) : payment);
        }
    }

    private async Task GoOnAsync(ProgressTask progress)
    {
        foreach (var (line, key, id) in _later)
        {
            if (line.IsReturned)
            {
                Acknowledge(line, await client.UntilAsync(id, payment => payment["status"]!.GetValue<string>() == "returned", cancel));
                progress.Increment(1);
                continue;
            }

            var settled = await client.UntilAsync(id, payment => payment["amounts"]!["settled"]!.GetValue<long>() == line.Amount, cancel);
            Acknowledge(line, line.Dispute is { } end
                ? await DisputeAsync(id, settled, end)
                : await client.RefundAsync($"{key}-refund", id, line.Refund!.Amount, Currency, cancel));
            progress.Increment(1);
        }
    }

    /// <summary>The cardholder disputes it, by himself or because we let him, and the network decides, or doesn't yet.</summary>
    private async Task<JsonObject> DisputeAsync(string id, JsonObject payment, string end)
    {
        if (end == "open")
        {
            return await client.UntilAsync(id, disputed => disputed["disputes"]!.AsArray().Count == 1, cancel);
        }

        var acquirer = payment["acquirer"]!.GetValue<string>();
        var capture = payment["operations"]!.AsArray().Single(operation => operation!["type"]!.GetValue<string>() == "capture")!["external_id"]!.GetValue<string>();
        var dispute = await reader.DisputeAsync(acquirer, reference: id, capture, cancel);
        await reader.CloseDisputeAsync(acquirer, dispute, end, cancel);
        return await client.UntilAsync(id, decided => decided["disputes"]!.AsArray().Any(own => own!["status"]!.GetValue<string>() == end), cancel);
    }

    private void Acknowledge(Line line, JsonObject payment)
    {
        var (status, amounts) = (payment["status"]!.GetValue<string>(), payment["amounts"]!);
        _outcomes[(line.Story, status)] = _outcomes.GetValueOrDefault((line.Story, status)) + 1;
        _acknowledged.Add(new Acknowledged(
            payment["id"]!.GetValue<string>(), amounts["authorized"]!.GetValue<long>(), amounts["captured"]!.GetValue<long>(), amounts["refunded"]!.GetValue<long>()));
    }

    private async Task SettleAsync(ProgressTask progress)
    {
        while (!HaveCome(await reader.ReadAsync(cancel)))
        {
            await Task.Delay(250, cancel);
        }

        var mine = (await reader.CutoffAsync(cancel)).Select(batch => batch.BatchId).ToHashSet();
        while ((await reader.BatchesAsync(cancel)).Any(batch => mine.Contains(batch.BatchId) && batch.State is "prepared" or "submitted" or "accepted"))
        {
            await Task.Delay(250, cancel);
        }

        progress.Increment(1);
    }

    /// <summary>An item is there as soon as the event of its capture or refund has arrived: the cutoff waits for those of all that was acknowledged.</summary>
    private bool HaveCome(BooksModel books)
    {
        var payments = _acknowledged.Select(answer => answer.PaymentId).Concat(_later.Select(later => later.PaymentId)).ToHashSet();
        var moved = books.Payments.Where(payment => payments.Contains(payment.PaymentId)).SelectMany(payment => payment.Operations)
            .Where(operation => operation is { Kind: "capture" or "refund", State: "succeeded", VoidedCaptureOperationId: "" });
        return moved.Select(operation => operation.OperationId).ToHashSet().IsSubsetOf(books.Items.Select(item => item.OperationId));
    }

    /// <summary>Payments of one kind.</summary>
    /// <param name="Card">A fresh one when null.</param>
    /// <param name="Amount">Minor units.</param>
    private sealed record Line(string Story, string? Card, long Amount, int Times)
    {
        public Refund? Refund { get; init; }

        /// <summary>The number of the bank account that pays; null when a card does.</summary>
        public string? Account { get; init; }

        /// <summary>The payer's bank takes it back.</summary>
        public bool IsReturned { get; init; }

        /// <summary>How its dispute ends: open, won, lost; null when nobody disputes it.</summary>
        public string? Dispute { get; init; }
    }

    /// <param name="Amount">Minor units; everything when null.</param>
    private sealed record Refund(long? Amount, bool AfterSettlement);
}
