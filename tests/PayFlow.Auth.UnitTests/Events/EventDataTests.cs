using System.Text.Json.Nodes;
using Google.Protobuf.Reflection;
using PayFlow.Auth.Events;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Messaging.Feeds;

namespace PayFlow.Auth.UnitTests.Events;

public sealed class EventDataTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Id Merchant = Id.New(IdPrefix.Merchant, new Slot(5), Now);

    public static TheoryData<string> Details() => [.. PaymentEvent.Descriptor.Oneofs[0].Fields.Select(field => field.Name)];

    /// <summary>A detail that is added to the contract is either told, with what it says, or named as internal.</summary>
    [Theory]
    [MemberData(nameof(Details))]
    public void Detail_OfTheContract_IsToldOrInternal(string name)
    {
        var type = TypeOf(name);
        Assert.True(EventTypes.All.Contains(type) ^ EventTypes.Internal.Contains(type), $"{type} must be one of EventTypes.All or of EventTypes.Internal.");
        if (EventTypes.All.Contains(type))
        {
            var data = EventData.OfPayment(Filled(PaymentEvent.Descriptor.FindFieldByName(name)));
            Assert.Equal(2, data.Count);   // the payment, and what happened to it
        }
    }

    [Fact]
    public void Types_AreAllOfEventsThatThereAre()
    {
        var known = PaymentEvent.Descriptor.Oneofs[0].Fields.Select(field => TypeOf(field.Name)).Append(EventTypes.EndpointDisabled).ToHashSet();
        Assert.Subset(known, EventTypes.All.Concat(EventTypes.Internal).ToHashSet());
    }

    [Fact]
    public void Capture_IsToldAsTheApiSpellsThings()
    {
        var message = new PaymentEvent
        {
            PaymentId = "pay_1",
            MerchantId = Merchant.ToString(),
            Currency = "USD",
            Status = "partially_captured",
            Amount = 1500,
            Reference = "order-1",
            Captured = new PaymentCaptured { OperationId = "op_1", Amount = 1000, Remaining = 500, Fee = 59, Acquirer = "northbank", ExternalCaptureId = "c-1", SettlementZone = "UTC" },
        };
        var feed = new Feed(Merchant, Mode.Test);
        var view = JsonNode.Parse(EventView.Of(feed, new FeedEvent(7, Topics.PaymentsEvents, "payment.captured", Id.New(IdPrefix.Payment, Merchant.Slot, Now), 3, Bytes(message), Now)).ToJson())!;
        Assert.Equal(EventId.Of(feed, 7, Now).ToString(), (string?)view["id"]);
        Assert.Equal(
            """{"payment":{"id":"pay_1","status":"partially_captured","amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card"},"reference":"order-1"},"capture":{"operation_id":"op_1","amount":{"amount":1000,"currency":"USD"},"remaining":{"amount":500,"currency":"USD"},"final":false,"fee":{"amount":59,"currency":"USD"},"acquirer":"northbank","external_id":"c-1"}}""",
            view["data"]!.ToJsonString());
        Assert.Equal(("event", "payment.captured", 3L, "2026-11-21T12:00:00Z", "test"), ((string?)view["object"], (string?)view["type"], (long)view["sequence"]!, (string?)view["created_at"], (string?)view["mode"]));
    }

    // Disputes are told under the name that merchants know them by.
    private static string TypeOf(string detail) => detail switch
    {
        "disputed" => "chargeback.created",
        "dispute_decided" => "chargeback.closed",
        _ => $"payment.{detail}",
    };

    private static byte[] Bytes(PaymentEvent message) => Google.Protobuf.MessageExtensions.ToByteArray(message);

    private static PaymentEvent Filled(FieldDescriptor detail)
    {
        var message = new PaymentEvent { PaymentId = "pay_1", Currency = "USD", Status = "x" };
        detail.Accessor.SetValue(message, Activator.CreateInstance(detail.MessageType.ClrType)!);
        return message;
    }
}
