using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PayFlow.ServiceDefaults.Requests;

/// <summary>What System.Text.Json leaves to the reader of a value: text that is no text, and errors that people understand.</summary>
internal static partial class JsonText
{
    /// <summary>Refuses escapes that make no character ("\ud800" alone): reading such a string later would throw.</summary>
    /// <exception cref="JsonException">The JSON is malformed.</exception>
    public static void Check(ReadOnlySpan<byte> json, int maxDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
        while (reader.Read())
        {
            if (reader.ValueIsEscaped)
            {
                CheckEscapes(ref reader, json);
            }
        }
    }

    /// <summary>Where it went wrong and why, without the .NET words.</summary>
    public static string Explain(JsonException exception)
    {
        var message = Position().Replace(exception.Message, "").Trim();
        return exception.LineNumber is { } line
            ? string.Create(CultureInfo.InvariantCulture, $"Line {line + 1}, byte {exception.BytePositionInLine + 1}: {message}")
            : message;
    }

    private static void CheckEscapes(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        try
        {
            reader.GetString();
        }
        catch (InvalidOperationException)
        {
            var before = json[..(int)reader.TokenStartIndex];
            throw new JsonException(
                "An escape in this text makes no character.", path: null, lineNumber: before.Count((byte)'\n'), bytePositionInLine: before.Length - 1 - before.LastIndexOf((byte)'\n'));
        }
    }

    // What JsonException appends to its message; and its advice for programmers.
    [GeneratedRegex(@"\s*(Path: \S+ \| )?LineNumber: \d+ \| BytePositionInLine: \d+\.|\s*Change the reader options\.|\s*Consider .*$", RegexOptions.CultureInvariant)]
    private static partial Regex Position();
}
