using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Testing;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>The payments' side of the books: a service that adds up the events that it was told, as Auth adds up its operations.</summary>
internal sealed class PaymentBooks : Payments.PaymentsBase, IAsyncDisposable
{
    private readonly List<PaymentEvent> _events = [];
    private WebApplication? _app;

    public string Address { get; } = $"http://127.0.0.1:{FreePort.Next()}";

    public static async Task<PaymentBooks> StartAsync()
    {
        var books = new PaymentBooks();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            new("Kestrel:Endpoints:http:Url", $"http://127.0.0.1:{FreePort.Next()}"), new("Kestrel:Endpoints:grpc:Url", books.Address), new("Kestrel:Endpoints:grpc:Protocols", "Http2"),
            new("Logging:LogLevel:Default", "Warning"),
        ]);
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(books);
        books._app = builder.Build();
        books._app.MapGrpcService<PaymentBooks>();
        await books._app.StartAsync();
        return books;
    }

    /// <summary>The payments have committed what these events tell of.</summary>
    public void Commit(params IEnumerable<ReceivedEvent> events)
    {
        lock (_events)
        {
            _events.AddRange(events.Where(received => received.Topic == Topics.PaymentsEvents).Select(received => received.Read<PaymentEvent>()));
        }
    }

    public override async Task SumMovements(SumMovementsRequest request, IServerStreamWriter<Movement> responseStream, ServerCallContext context)
    {
        List<PaymentEvent> events;
        lock (_events)
        {
            events = [.. _events.Where(happened => happened.OccurredAt >= request.From && happened.OccurredAt < request.To)];
        }

        var byPayment = request.MerchantIds.Count > 0;
        var moved = events.Where(happened => !byPayment || request.MerchantIds.Contains(happened.MerchantId))
            .Select(happened => (Happened: happened, Moved: Read(happened)))
            .Where(each => each.Moved.Amount > 0)
            .GroupBy(each => (each.Happened.MerchantId, Payment: byPayment ? each.Happened.PaymentId : "", each.Happened.Mode, each.Happened.Currency, each.Moved.Kind));
        foreach (var sum in moved)
        {
            await responseStream.WriteAsync(new Movement
            {
                MerchantId = sum.Key.MerchantId, PaymentId = sum.Key.Payment, Mode = sum.Key.Mode, Currency = sum.Key.Currency, Kind = sum.Key.Kind,
                Amount = sum.Sum(each => each.Moved.Amount), FirstAt = sum.Min(each => each.Happened.OccurredAt),
            });
        }
    }

    public async ValueTask DisposeAsync() => await _app!.DisposeAsync();

    private static (string Kind, long Amount) Read(PaymentEvent happened) => happened.DetailCase switch
    {
        PaymentEvent.DetailOneofCase.Captured => ("capture", happened.Captured.Amount),
        PaymentEvent.DetailOneofCase.Refunded when happened.Refunded.VoidedCaptureOperationId.Length > 0 => ("void_capture", happened.Refunded.Amount),
        PaymentEvent.DetailOneofCase.Refunded => ("refund", happened.Refunded.Amount),
        _ => ("", 0),
    };
}
