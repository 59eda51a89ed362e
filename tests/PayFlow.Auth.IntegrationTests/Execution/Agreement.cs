using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using Wire = PayFlow.Contracts.Auth.V1;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>Whether the payments of a merchant are at rest, and agree with the acquirers' own books, their history and what the outbox tells.</summary>
internal static class Agreement
{
    public static async Task WaitForRestAsync(AuthProcess auth, string database, Id merchant)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var payments = await auth.PaymentsAsync(merchant);
            var open = payments.SelectMany(payment => payment.Operations).Count(operation => operation.State == "pending");
            var neverBegun = await CountAsync(database, "SELECT count(*) FROM idempotency_keys k WHERE merchant_id = $1 AND finished_at IS NULL", merchant.Value);
            if (open + neverBegun == 0)
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"{open} operations stay pending and {neverBegun} requests unanswered.\n{string.Join('\n', auth.Log.TakeLast(30))}");
            await Task.Delay(100);
        }
    }

    public static async Task AssertAsync(World world, AuthProcess auth, string database, Id merchant)
    {
        var payments = await auth.PaymentsAsync(merchant);
        foreach (var payment in payments)
        {
            Assert.True(payment.Capturing == 0 && payment.Refunding == 0, $"{payment}");
            Assert.DoesNotContain(payment.Attempts, attempt => attempt.State is "started" or "unknown");
            var held = await world.Acquirers.BooksAsync(payment.Attempts.Select(attempt => attempt.Reference));
            AssertSame(payment, [.. held.Where(entry => (string?)entry["state"] is not "declined")]);
            await AssertToldAsync(database, payment);
        }
    }

    private static void AssertSame(Wire.Payment payment, IReadOnlyList<System.Text.Json.Nodes.JsonObject> held)
    {
        if (payment.Authorized == 0)
        {
            Assert.All(held, entry => Assert.Equal("reversed", (string?)entry["state"]));
            return;
        }

        var only = Assert.Single(held);
        var voided = payment.Operations.Where(operation => operation is { State: "succeeded", VoidedCaptureOperationId.Length: > 0 }).ToList();
        var state = payment.Status is "voided" or "expired" ? "reversed"
            : voided.Sum(refund => refund.Amount) == payment.Captured ? (payment.Captured == payment.Authorized ? "voided" : "approved")
            : payment.Captured == payment.Authorized ? "captured" : "partially_captured";
        Assert.Equal(
            (payment.Authorized, payment.Captured, payment.ExternalId, state),
            ((long)only["amount"]!, (long)only["captured"]!, (string?)only["external_id"], (string?)only["state"]));
        Assert.Equal(
            payment.Operations.Where(operation => operation is { Kind: "capture", State: "succeeded" }).Select(operation => (operation.OperationId, operation.Amount)).Order(),
            only["captures"]!.AsArray().Select(capture => ((string)capture!["reference"]!, (long)capture["amount"]!)).Order());
        Assert.Equal(
            voided.Select(refund => refund.VoidedCaptureOperationId).Order(),
            only["captures"]!.AsArray().Where(capture => (bool)capture!["voided"]!).Select(capture => (string)capture!["reference"]!).Order());
        Assert.Equal(
            payment.Operations.Where(operation => operation is { Kind: "refund", State: "succeeded", VoidedCaptureOperationId: "" }).Select(operation => (operation.OperationId, operation.Amount)).Order(),
            only["refunds"]!.AsArray().Select(refund => ((string)refund!["reference"]!, (long)refund["amount"]!)).Order());
    }

    // Each state change once, in the history and among the events.
    private static async Task AssertToldAsync(string database, Wire.Payment payment)
    {
        var id = Id.Parse(IdPrefix.Payment, payment.PaymentId).Value;
        var types = await TextsAsync(database, "SELECT sequence || ' ' || type FROM outbox WHERE aggregate = $1 AND topic = 'payments.events' ORDER BY sequence", id);
        var told = await TextsAsync(database, "SELECT type FROM history WHERE payment_id = $1 AND (type LIKE 'payment.%' OR type LIKE 'chargeback.%') ORDER BY sequence", id);
        Assert.Equal(told.Select((type, i) => $"{i + 1} {type}"), types);
        Assert.Equal(payment.Operations.Count(operation => operation is { Kind: "capture", State: "succeeded" }), told.Count(type => type == "payment.captured"));
        Assert.Equal(payment.Operations.Count(operation => operation is { Kind: "refund", State: "succeeded" }), told.Count(type => type == "payment.refunded"));
        Assert.Equal(payment.Authorized > 0 ? 1 : 0, told.Count(type => type == "payment.authorized"));
    }

    private static async Task<long> CountAsync(string database, string sql, Guid id) => long.Parse((await TextsAsync(database, sql.Replace("count(*)", "count(*)::text", StringComparison.Ordinal), id))[0]);

    private static async Task<List<string>> TextsAsync(string database, string sql, Guid id)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = id } } };
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }
}
