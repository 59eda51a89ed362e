using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Json;

/// <summary>Ids are written as text. They are read by <see cref="Requests.BodyReader"/>, which knows the prefix that must be there.</summary>
internal sealed class IdConverter : JsonConverter<Id>
{
    public override Id Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.GetString() ?? "";
        var prefix = text[..Math.Max(0, text.IndexOf('_', StringComparison.Ordinal))];
        return Id.TryParse(prefix, text, out var id) ? id : throw new JsonException("This is not an id.");
    }

    public override void Write(Utf8JsonWriter writer, Id value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary><c>{"amount": 1500, "currency": "USD"}</c>, in minor units.</summary>
internal sealed class MoneyConverter : JsonConverter<Money>
{
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("amount", out var amount) && amount.ValueKind == JsonValueKind.Number && amount.TryGetInt64(out var minorUnits)
            && document.RootElement.TryGetProperty("currency", out var code) && code.ValueKind == JsonValueKind.String && Currency.TryParse(code.GetString(), out var currency)
                ? new Money(minorUnits, currency)
                : throw new JsonException("This is not money: {\"amount\": 1500, \"currency\": \"USD\"}.");
    }

    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteNumber("amount", value.MinorUnits);
        writer.WriteString("currency", value.Currency.Code);
        writer.WriteEndObject();
    }
}

internal sealed class CurrencyConverter : JsonConverter<Currency>
{
    public override Currency Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Currency.TryParse(reader.GetString(), out var currency) ? currency : throw new JsonException("This is not a currency of ISO 4217.");

    public override void Write(Utf8JsonWriter writer, Currency value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}

/// <summary>RFC 3339 in UTC with <c>Z</c> and milliseconds where there are any.</summary>
internal sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture));
}
