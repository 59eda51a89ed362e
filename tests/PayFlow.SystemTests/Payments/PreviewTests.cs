using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Payments;

[Collection(OneSystem.Name)]
public sealed class PreviewTests(SharedSystem shared)
{
    [Fact]
    public async Task Capture_Previewed_IsWhatThenHappens()
    {
        using var client = shared.System.Client();
        using var http = shared.System.Raw();
        var token = await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
        var payment = await client.PayAsync($"preview-{token}", token, 5000, "USD", capture: false, CancellationToken.None);
        var id = payment["id"]!.GetValue<string>();
        await UntilAsync(async () => (await JournalAsync(id)).Count == 1);   // the ledger holds it

        using var answer = await http.PostAsJsonAsync(new Uri($"/v1/payments/{id}/capture?preview=true", UriKind.Relative), new JsonObject());
        var preview = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((HttpStatusCode.OK, true, "captured"), (answer.StatusCode, preview["allowed"]!.GetValue<bool>(), preview["payment"]!["status"]!.GetValue<string>()));
        Assert.Equal("authorized", (await client.GetAsync($"/v1/payments/{id}", CancellationToken.None))["status"]!.GetValue<string>());
        Assert.Single(await JournalAsync(id));

        await client.CaptureAsync($"capture-{id}", id, CancellationToken.None);
        await UntilAsync(async () => (await JournalAsync(id)).Count == 2);
        var posted = (await JournalAsync(id)).Single(transfer => transfer.Type == "capture");
        var line = Assert.Single(preview["journal"]!.AsArray())!;
        Assert.Equal(
            ("capture", "post_pending", posted.Debit.Path, posted.Credit.Path, posted.Amount),
            (line["type"]!.GetValue<string>(), line["kind"]!.GetValue<string>(), line["debit"]!.GetValue<string>(), line["credit"]!.GetValue<string>(), line["amount"]!["amount"]!.GetValue<long>()));
    }

    private async Task<IReadOnlyList<Contracts.Ledger.V1.Transfer>> JournalAsync(string payment)
    {
        var books = await shared.System.Books.ReadAsync(CancellationToken.None);
        return [.. books.Transfers.Where(transfer => transfer.PaymentId == payment)];
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "What was waited for did not happen.");
            await Task.Delay(100);
        }
    }
}
