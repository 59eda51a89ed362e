using System.Text.Json;
using PayFlow.Sandbox.Acquirers;

namespace PayFlow.Sandbox.Books;

/// <summary>
/// <c>GET /acquirers/{acquirer}/books?from=&amp;after=</c>: everything the acquirer has written down, one JSON object per line, from one snapshot.
/// No fault of the chaos switches strikes here: the agreement check reads the truth.
/// </summary>
public static class StreamBooks
{
    public static IResult Handle(Acquirer acquirer, DateTimeOffset? from, string? after, SandboxDatabase database, TimeProvider time) => Results.Stream(
        stream => WriteAsync(stream, BooksSql.StreamAsync(database.Source, acquirer.Code, time.GetUtcNow(), from?.ToUniversalTime(), after, CancellationToken.None)),
        "application/x-ndjson");

    public static async Task<IResult> SummarizeAsync(Acquirer acquirer, SandboxDatabase database, TimeProvider time, CancellationToken cancel) =>
        Results.Ok(new { data = await BooksSql.SummarizeAsync(database.Source, acquirer.Code, time.GetUtcNow(), cancel) });

    private static async Task WriteAsync(Stream stream, IAsyncEnumerable<BooksEntry> entries)
    {
        await using var json = new Utf8JsonWriter(stream);
        await foreach (var entry in entries)
        {
            Write(json, entry);
            await json.FlushAsync();
            await stream.WriteAsync("\n"u8.ToArray());
            json.Reset();
        }
    }

    private static void Write(Utf8JsonWriter json, BooksEntry entry)
    {
        var authorization = entry.Authorization;
        json.WriteStartObject();
        json.WriteString("reference", authorization.Reference);
        json.WriteString("external_id", authorization.ExternalId);
        json.WriteString("merchant", authorization.Merchant);
        json.WriteString("state", JsonNamingPolicy.SnakeCaseLower.ConvertName(authorization.State.ToString()));
        json.WriteString("decline_code", authorization.Refused?.Code);
        json.WriteNumber("amount", authorization.Amount);
        json.WriteString("currency", authorization.Currency);
        json.WriteNumber("captured", authorization.Captured);
        json.WriteNumber("voided", authorization.Voided);
        json.WriteNumber("settled", entry.Settled);
        json.WriteNumber("refunded", authorization.Refunded);
        json.WriteNumber("refunds_settled", entry.RefundsSettled);
        json.WriteNumber("debited", entry.Debited);
        json.WriteNumber("credited", entry.Credited);
        json.WriteString("created_at", authorization.CreatedAt);
        json.WritePropertyName("captures");
        json.WriteRawValue(entry.CapturesJson);
        json.WritePropertyName("refunds");
        json.WriteRawValue(entry.RefundsJson);
        json.WriteEndObject();
    }
}
