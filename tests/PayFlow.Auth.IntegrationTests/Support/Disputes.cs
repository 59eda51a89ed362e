using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>What the Reconciler tells of disputes: taken into the payments of a database by the consumer itself, as one more process beside those that run on it.</summary>
internal sealed class Disputes : IDisposable
{
    private readonly IHost host;
    private readonly Shards shards;

    public Disputes(string database)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:payments"] = database;
        builder.AddShards("payments", typeof(AuthModule).Assembly, role: "payflow_auth");
        host = builder.Build();
        shards = host.Services.GetRequiredService<Shards>();
    }

    /// <param name="capture">The operation.</param>
    /// <param name="number">Another number is another dispute.</param>
    public static ReconciliationEvent Opened(string payment, string capture, long amount, int number = 1) => new()
    {
        OccurredAt = TimeProvider.System.GetUtcNow().ToTimestamp(),
        DisputeOpened = new DisputeOpened
        {
            DisputeId = IdOf(payment, number).ToString(),
            PaymentId = payment,
            CaptureOperationId = capture,
            Amount = amount,
            Reason = "fraudulent",
            RespondBy = (TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(30)).ToTimestamp(),
            ExternalDisputeId = $"nbx_{number}",
        },
    };

    public static ReconciliationEvent Closed(string payment, string capture, long amount, DisputeOutcome outcome, int number = 1) => new()
    {
        OccurredAt = TimeProvider.System.GetUtcNow().ToTimestamp(),
        DisputeClosed = new DisputeClosed
        {
            DisputeId = IdOf(payment, number).ToString(),
            PaymentId = payment,
            CaptureOperationId = capture,
            Amount = amount,
            Outcome = outcome,
            Fee = outcome == DisputeOutcome.Lost ? 15_00 : 0,
        },
    };

    public async Task TellAsync(ReconciliationEvent happened)
    {
        var payment = Id.Parse(IdPrefix.Payment, happened.DisputeOpened?.PaymentId ?? happened.DisputeClosed.PaymentId);
        var item = payment.Derive(IdPrefix.Item, "test");
        var received = new ReceivedEvent(
            Topics.ReconciliationEvents, 0, 0, "test", "test", item, 1, item.Slot, happened.OccurredAt.ToDateTimeOffset(), happened.ToByteArray());
        await using var transaction = await shards.BeginAsync(item.Slot, CancellationToken.None);
        await new SettlementConsumer(TimeProvider.System).ApplyAsync([received], transaction, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    public void Dispose() => host.Dispose();

    private static Id IdOf(string payment, int number) => Id.Parse(IdPrefix.Payment, payment).Derive(IdPrefix.Dispute, $"{number}");
}
