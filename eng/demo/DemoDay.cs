using PayFlow.Demo.Books;
using Spectre.Console;

namespace PayFlow.Demo;

/// <summary>A small day: payments that approve, decline, settle short and go missing; the cutoff; settlement; reconciliation; and then the books.</summary>
public sealed class DemoDay(GatewayClient client, BooksReader reader, CancellationToken cancel)
{
    // Amounts whose last two digits are 01 to 05 misbehave in the Sandbox; all others settle as they should.
    private static readonly (string Story, string? Card, long Amount, int Times)[] Script =
    [
        ("approves and settles", null, 2_590, 12),
        ("declined by the issuer", "4000000000000002", 4_200, 2),
        ("declined: insufficient funds", "4000000000009995", 9_900, 2),
        ("blocked by risk", "4000000000004954", 5_000, 1),
        ("settles short", null, 7_501, 1),
        ("missing from the settlement", null, 3_302, 1),
        ("settled twice", null, 6_603, 1),
        ("settles late", null, 1_804, 1),
        ("approved, but the reply is lost", null, 2_205, 2),
    ];

    private readonly string _run = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
    private readonly List<Acknowledged> _acknowledged = [];
    private readonly Dictionary<(string Story, string Status), int> _outcomes = [];

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
        });
        var agreement = await Agreement.WaitAsync(reader, _acknowledged, patience: TimeSpan.FromMinutes(1), TimeProvider.System, cancel);
        Report.Write(console, _outcomes);
        Report.Write(console, agreement);
        return agreement.Holds ? 0 : 1;
    }

    private async Task PayAsync(ProgressTask progress)
    {
        foreach (var (story, card, amount, times) in Script)
        {
            for (var i = 0; i < times; i++)
            {
                var token = await client.TokenizeAsync(card ?? TestCard.Fresh(), cancel);
                var key = $"demo-{_run}-{story}-{i}";
                var payment = await client.PayAsync(key, token, amount, "USD", capture: i % 2 == 0, cancel);
                if (payment["status"]!.GetValue<string>() == "authorized")
                {
                    payment = await client.CaptureAsync($"{key}-capture", payment["id"]!.GetValue<string>(), cancel);
                }

                var status = payment["status"]!.GetValue<string>();
                _outcomes[(story, status)] = _outcomes.GetValueOrDefault((story, status)) + 1;
                _acknowledged.Add(new Acknowledged(
                    payment["id"]!.GetValue<string>(), payment["amounts"]!["authorized"]!.GetValue<long>(), payment["amounts"]!["captured"]!.GetValue<long>()));
                progress.Increment(1);
            }
        }
    }

    private async Task SettleAsync(ProgressTask progress)
    {
        // An item is there as soon as the event of its capture has arrived: the cutoff waits for all that were acknowledged.
        var captured = _acknowledged.Where(answer => answer.Captured > 0).Select(answer => answer.PaymentId).ToHashSet();
        while (!captured.IsSubsetOf((await reader.ReadAsync(cancel)).Items.Select(item => item.PaymentId)))
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
}
