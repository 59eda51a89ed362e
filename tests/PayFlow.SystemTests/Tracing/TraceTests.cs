using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Tracing;

[Collection(OneSystem.Name)]
public sealed class TraceTests(SharedSystem shared)
{
    // Who must have told a span of the payment's one trace, and what its name or source says.
    private static readonly (string Service, string Says)[] Expected =
    [
        ("gateway", "POST"),
        ("auth", "/v1/payments"),
        ("fraud", "CheckRisk"),
        ("sandbox", "/acquirers"),
        ("auth", "Npgsql"),
        ("auth", "PayFlow.Messaging"),
        ("ledger", "PayFlow.Messaging"),
        ("ledger", "Npgsql"),
    ];

    [Fact]
    public async Task Payment_FromGatewayToLedger_IsOneTrace()
    {
        var traceId = Unique.Id();
        var spans = shared.Spans.Watch(traceId);
        using var client = shared.System.Client();
        var token = await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
        using var http = shared.System.Raw();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payments");
        request.Headers.Add("traceparent", $"00-{traceId}-00f067aa0ba902b7-01");
        request.Headers.Add("Idempotency-Key", $"trace-{traceId}");
        request.Content = JsonContent.Create(new JsonObject
        {
            ["amount"] = new JsonObject { ["amount"] = 1500, ["currency"] = "USD" },
            ["payment_method"] = new JsonObject { ["type"] = "card", ["token"] = token },
        });
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        var missing = Missing(spans);
        for (var i = 0; i < 150 && missing.Count > 0; i++)   // exporters send every few seconds
        {
            await Task.Delay(200);
            missing = Missing(spans);
        }

        Assert.True(missing.Count == 0, $"No span of {string.Join(", ", missing)}. Told were:\n{string.Join('\n', spans.Select(span => $"{span.Service} [{span.Source}] {span.Name}").Distinct().Order())}");
        var ids = spans.Select(span => span.SpanId).Append("00f067aa0ba902b7").ToHashSet();
        Assert.All(spans, span => Assert.Contains(span.ParentId, ids));
    }

    private static List<(string Service, string Says)> Missing(IReadOnlyCollection<ToldSpan> spans) =>
    [
        .. Expected.Where(expected => !spans.Any(span => span.Service == expected.Service
            && (span.Name.Contains(expected.Says, StringComparison.OrdinalIgnoreCase) || span.Source.Contains(expected.Says, StringComparison.OrdinalIgnoreCase)))),
    ];
}
