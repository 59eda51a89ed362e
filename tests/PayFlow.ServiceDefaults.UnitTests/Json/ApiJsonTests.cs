using System.Text.Json;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.ServiceDefaults.UnitTests.Json;

public sealed class ApiJsonTests
{
    private sealed record View(Id PaymentId, Money Amount, Mode Mode, DateTimeOffset CreatedAt, string? DeclineCode, IReadOnlyDictionary<string, string> Metadata);

    private static readonly View Sample = new(
        Id.New(IdPrefix.Payment, new Slot(1), DateTimeOffset.UnixEpoch),
        new Money(1500, Currency.Usd),
        Mode.Test,
        new DateTimeOffset(2026, 11, 21, 10, 0, 0, 120, TimeSpan.FromHours(1)),
        null,
        new Dictionary<string, string> { ["OrderId"] = "it's Köln" });

    [Fact]
    public void Serialize_AView_IsTheApisSpelling() => Assert.Equal(
        $"{{\"payment_id\":\"{Sample.PaymentId}\"," + """
        "amount":{"amount":1500,"currency":"USD"},"mode":"test","created_at":"2026-11-21T09:00:00.12Z","decline_code":null,"metadata":{"OrderId":"it's Köln"}}
        """,
        JsonSerializer.Serialize(Sample, ApiJson.Options));

    [Fact]
    public void Deserialize_WhatWasWritten_IsTheSame() =>
        Assert.Equivalent(Sample, JsonSerializer.Deserialize<View>(JsonSerializer.Serialize(Sample, ApiJson.Options), ApiJson.Options));

    [Theory]
    [InlineData("""{"amount":1.5,"currency":"USD"}""")]
    [InlineData("""{"amount":1,"currency":"XXX"}""")]
    [InlineData("""{"amount":1}""")]
    [InlineData("15")]
    public void Deserialize_NoMoney_Throws(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Money>(json, ApiJson.Options));
}
