using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Tracing;

[Collection(OneSystem.Name)]
public sealed class TraceTests(SharedSystem shared)
{
    private const string Caller = "00f067aa0ba902b7";   // the span of the one who calls, which nobody tells

    // Who must have told a span of the payment's one trace, and what its name or source says.
    private static readonly (string Service, string Says)[] Expected =
    [
        ("gateway", "POST"),
        ("auth", "/v1/payments"),
        ("fraud", "CheckRisk"),
        ("sandbox", "/acquirers"),
        ("auth", "group commit"),
        ("auth", "Npgsql"),
        ("auth", "PayFlow.Messaging"),
        ("ledger", "PayFlow.Messaging"),
        ("ledger", "Npgsql"),
    ];

    /// <summary>
    /// A commit, or a batch of events, that a payment shares with another one is in a trace of its own, which links to both. What tests before this one have left may share some with the
    /// first payment; not with three in a row.
    /// </summary>
    [Fact]
    public async Task Payment_FromGatewayToLedger_IsOneTrace()
    {
        IReadOnlyCollection<ToldSpan> spans = [];
        for (var payment = 0; payment < 3 && !IsWhole(spans); payment++)
        {
            spans = await PayAsync();
            for (var i = 0; i < 75 && !IsWhole(spans); i++)   // exporters send every few seconds; what a span is part of ends, and is told, after it
            {
                await Task.Delay(200);
            }
        }

        var told = $"Told were:\n{string.Join('\n', spans.Select(span => $"{span.Service} [{span.Source}] {span.Name}").Distinct().Order())}";
        Assert.True(Missing(spans) is [], $"No span of {string.Join(", ", Missing(spans))}. {told}");
        Assert.True(WithoutParent(spans) is [], $"Part of a span that was never told: {string.Join(", ", WithoutParent(spans))}. {told}");
    }

    /// <summary>Pays as one who brings a trace.</summary>
    /// <returns>The spans of it that are told, from now on.</returns>
    private async Task<IReadOnlyCollection<ToldSpan>> PayAsync()
    {
        var traceId = Unique.Id();
        var spans = shared.Spans.Watch(traceId);
        using var client = shared.System.Client();
        var token = await client.TokenizeAsync(TestCard.Fresh(), CancellationToken.None);
        using var http = shared.System.Raw();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payments");
        request.Headers.Add("traceparent", $"00-{traceId}-{Caller}-01");
        request.Headers.Add("Idempotency-Key", $"trace-{traceId}");
        request.Content = JsonContent.Create(new JsonObject
        {
            ["amount"] = new JsonObject { ["amount"] = 1500, ["currency"] = "USD" },
            ["payment_method"] = new JsonObject { ["type"] = "card", ["token"] = token },
        });
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return spans;
    }

    private static bool IsWhole(IReadOnlyCollection<ToldSpan> spans) => Missing(spans) is [] && WithoutParent(spans) is [];

    private static List<ToldSpan> WithoutParent(IReadOnlyCollection<ToldSpan> spans)
    {
        var ids = spans.Select(span => span.SpanId).Append(Caller).ToHashSet();
        return [.. spans.Where(span => !ids.Contains(span.ParentId))];
    }

    private static List<(string Service, string Says)> Missing(IReadOnlyCollection<ToldSpan> spans) =>
    [
        .. Expected.Where(expected => !spans.Any(span => span.Service == expected.Service
            && (span.Name.Contains(expected.Says, StringComparison.OrdinalIgnoreCase) || span.Source.Contains(expected.Says, StringComparison.OrdinalIgnoreCase)))),
    ];
}
