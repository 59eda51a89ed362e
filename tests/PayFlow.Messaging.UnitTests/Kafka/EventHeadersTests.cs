using System.Text;
using Confluent.Kafka;
using PayFlow.Kernel;
using PayFlow.Messaging.Kafka;
using Xunit;

namespace PayFlow.Messaging.UnitTests.Kafka;

public sealed class EventHeadersTests
{
    private static readonly Id Payment = Id.New(IdPrefix.Payment, new Slot(321), DateTimeOffset.UnixEpoch);

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var at = new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero).AddTicks(1234567);
        var headers = EventHeaders.Write("id", "payment.captured", "auth", Payment.ToString(), 7, Payment.Slot, at, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        Assert.True(EventHeaders.TryRead(Message(headers), out var received, out _));
        Assert.Equal(("topic", 3, 42L, "id", "payment.captured", Payment, 7L, Payment.Slot, at), (received.Topic, received.Partition, received.Offset, received.Id, received.Type, received.Aggregate, received.Sequence, received.Slot, received.OccurredAt));
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", received.TraceParent);
    }

    [Theory]
    [InlineData("ce_subject", "no-id")]
    [InlineData("ce_subject", "")]
    [InlineData("ce_sequence", "-1")]
    [InlineData("ce_sequence", "99999999999999999999")]
    [InlineData("ce_slot", "1000")]
    [InlineData("ce_time", "yesterday")]
    [InlineData("ce_type", null)]
    public void TryRead_AWrongHeader_SaysSo(string name, string? value)
    {
        var headers = EventHeaders.Write("id", "type", "source", Payment.ToString(), 7, Payment.Slot, DateTimeOffset.UnixEpoch, null);
        headers.Remove(name);
        if (value is not null)
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        Assert.False(EventHeaders.TryRead(Message(headers), out _, out var reason));
        Assert.NotEmpty(reason);
    }

    [Fact]
    public void TryRead_NoHeaders_SaysSo() => Assert.False(EventHeaders.TryRead(Message(null), out _, out _));

    private static ConsumeResult<string, byte[]> Message(Headers? headers) =>
        new() { TopicPartitionOffset = new("topic", 3, 42), Message = new() { Key = "key", Value = [], Headers = headers } };
}
