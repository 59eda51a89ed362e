using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PayFlow.ServiceDefaults.Json;

/// <summary>How JSON looks in every API of PayFlow: snake_case, times in UTC with Z, money as amount and currency, ids as text.</summary>
public static class ApiJson
{
    /// <summary>For writing outside of endpoints; endpoints have the same rules already.</summary>
    public static JsonSerializerOptions Options { get; } = MakeReadOnly(Apply(new JsonSerializerOptions(JsonSerializerDefaults.Web)));

    // Answers are application/json with nosniff, never HTML: quotes and letters beyond ASCII may stay readable.
    internal static JavaScriptEncoder Encoder => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    internal static JsonSerializerOptions Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Encoder = Encoder;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new IdConverter());
        options.Converters.Add(new MoneyConverter());
        options.Converters.Add(new CurrencyConverter());
        options.Converters.Add(new UtcTimeConverter());
        return options;
    }

    private static JsonSerializerOptions MakeReadOnly(JsonSerializerOptions options)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
