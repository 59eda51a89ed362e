using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Secrets;

/// <summary>
/// What no process may write down is written down by none: every file of the running system (the databases with their write-ahead logs, all logs, what the broker and
/// Redis keep on disk) and everything that is told to telemetry is searched for it, byte for byte.
/// </summary>
[Collection(OneSystem.Name)]
public sealed class SecretsTests(SharedSystem shared)
{
    [Fact]
    public async Task Payment_FromTokenToCapture_LeavesNoNumberAndNoKeyAnywhere()
    {
        // The same payment, once with a card number where none belongs: so the search finds what there is to be found.
        var (number, planted) = (TestCard.Fresh(), TestCard.Fresh());
        var account = $"9{RandomNumberGenerator.GetString("0123456789", 16)}";
        using var administrator = shared.System.Raw(PayFlowSystem.AdministratorKey);
        var merchant = await PostAsync(administrator, "/admin/v1/merchants", """{"name":"Secrets"}""");
        var secret = (string)(await PostAsync(administrator, $"/admin/v1/merchants/{merchant["id"]}/api-keys", """{"mode":"test"}"""))["secret"]!;
        var (numberTold, accountTold, secretTold, plantedTold) = (shared.Spans.Seek(number), shared.Spans.Seek(account), shared.Spans.Seek(secret), shared.Spans.Seek($"/v1/payments/{planted}"));

        using var shop = shared.System.Raw(secret);
        await PayAsync(shop, number, reference: "order-1");
        await DebitAsync(shop, account);
        await PayAsync(shop, TestCard.Fresh(), reference: planted);
        using (await shop.GetAsync(new Uri($"/v1/payments/{planted}", UriKind.Relative)))
        {
            // An address is told to telemetry: the plant for that place.
        }

        await UntilAsync(() => plantedTold.Count > 0);
        await UntilAsync(() => FilesWith(planted).Any());
        Assert.Empty(FilesWith(number));
        Assert.Empty(FilesWith(account));
        Assert.Empty(FilesWith(secret));
        Assert.Empty(numberTold);
        Assert.Empty(accountTold);
        Assert.Empty(secretTold);
    }

    private static async Task PayAsync(HttpClient shop, string number, string reference)
    {
        var token = await PostAsync(shop, "/v1/tokens", $$$"""{"type":"card","card":{"number":"{{{number}}}","exp_month":12,"exp_year":2030,"cvc":"123"}}""");
        var paid = await PostAsync(
            shop, "/v1/payments", $$$"""{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card","token":"{{{token["id"]}}}"},"capture":true,"reference":"{{{reference}}}"}""");
        Assert.Equal("captured", (string?)paid["status"]);
    }

    private static async Task DebitAsync(HttpClient shop, string account)
    {
        var token = await PostAsync(
            shop,
            "/v1/tokens",
            $$$"""{"type":"bank_account","bank_account":{"routing_number":"110000000","account_number":"{{{account}}}","account_type":"checking","holder_type":"company","holder_name":"Shop"}}""");
        var paid = await PostAsync(
            shop, "/v1/payments", $$$"""{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"bank_account","token":"{{{token["id"]}}}"},"capture":true}""");
        Assert.Equal("captured", (string?)paid["status"]);
    }

    private static async Task<JsonNode> PostAsync(HttpClient http, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(JsonNode.Parse(body)) };
        request.Headers.Add("Idempotency-Key", $"secrets-{Unique.Id()}");
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private IEnumerable<string> FilesWith(string text)
    {
        var sought = Encoding.UTF8.GetBytes(text);
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        return Directory.EnumerateFiles(shared.System.State, "*", everything).Where(file => Contains(file, sought));
    }

    private static bool Contains(string path, byte[] sought)
    {
        try
        {
            if (new FileInfo(path).Length == 0)   // sockets too
                return false;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[1 << 20];
            var kept = 0;
            while (file.Read(buffer, kept, buffer.Length - kept) is > 0 and var read)
            {
                var filled = kept + read;
                if (buffer.AsSpan(0, filled).IndexOf(sought) >= 0)
                    return true;
                kept = Math.Min(sought.Length - 1, filled);   // it may lie across two reads
                buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
            }

            return false;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;   // servers remove files while they run
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "What was waited for did not happen.");
            await Task.Delay(500);
        }
    }
}
