using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Auth.IntegrationTests.Events;

/// <summary>Events of payments, many and at once, without the payments.</summary>
internal static class Telling
{
    /// <summary>Writes events of one more payment in one transaction.</summary>
    public static async Task TellAsync(AuthHost host, Id merchant, int count, string type = "payment.captured", Mode mode = Mode.Test)
    {
        var now = TimeProvider.System.GetUtcNow();
        var payment = Id.New(IdPrefix.Payment, merchant.Slot, now);
        var events = Enumerable.Range(1, count).Select(sequence => new OutboxEvent(Topics.PaymentsEvents, type, payment, sequence, Message(payment, merchant), now) { Feed = new Feed(merchant, mode) });
        await using var transaction = await host.Get<Shards>().BeginAsync(merchant.Slot, CancellationToken.None);
        await Outbox.AppendAsync(transaction, [.. events], CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        host.Get<OutboxSignal>().Wake();
    }

    /// <summary>All ids of the merchant's list, page by page.</summary>
    public static async Task<List<string>> ListAsync(MerchantClient merchant, string? after = null, string? until = null)
    {
        var ids = new List<string>();
        while (true)
        {
            var page = await merchant.GetAsync($"/v1/events?limit=100{(after is null ? "" : $"&starting_after={after}")}");
            Assert.True(page.Status == System.Net.HttpStatusCode.OK, page.ToString());
            foreach (var id in page.Body["data"]!.AsArray().Select(@event => (string)@event!["id"]!))
            {
                ids.Add(id);
                if (id == until)
                {
                    return ids;
                }
            }

            if (!(bool)page.Body["has_more"]!)
            {
                return ids;
            }

            after = ids[^1];
        }
    }

    private static PaymentEvent Message(Id payment, Id merchant) => new()
    {
        PaymentId = payment.ToString(),
        MerchantId = merchant.ToString(),
        Mode = Contracts.Common.V1.Mode.Test,
        Currency = "USD",
        Status = "captured",
        Amount = 1500,
        Captured = new PaymentCaptured { OperationId = Id.New(IdPrefix.Operation, merchant.Slot, TimeProvider.System.GetUtcNow()).ToString(), Amount = 1500, IsFinal = true, Acquirer = "northbank" },
    };
}
