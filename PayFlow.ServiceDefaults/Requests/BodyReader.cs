using System.Text.Json;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Requests;

/// <summary>
/// Takes fields out of one JSON object and collects what is wrong with them. Every method answers with a value, a default one where the field
/// is wrong; <see cref="RequestBody"/> refuses the whole when there was any error. A field that is null counts as left out; a field that nobody asked
/// for is an error, so that a misspelt one is noticed.
/// </summary>
public sealed class BodyReader
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly List<FieldError>? _errors;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<BodyReader> _children = [];

    internal BodyReader(JsonElement @object, string path, List<FieldError>? errors)
    {
        _object = @object;
        _path = path;
        _errors = errors;
    }

    // Stands in for an object that is missing or wrong: that is said once, not again for each of its fields.
    private static BodyReader Silent { get; } = new(default, "", errors: null);

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string name) => TryTake(name, out _);

    /// <summary>Text without control characters.</summary>
    /// <param name="max">Characters (UTF-16 units) at most.</param>
    public string String(string name, int max = 255, int min = 1) => Required(name, OptionalString(name, max, min), "");

    public string? OptionalString(string name, int max = 255, int min = 1) =>
        TryTake(name, JsonValueKind.String, "text", out var element) ? Text(name, element.GetString()!, max, min) : null;

    public long Int64(string name, long min = long.MinValue, long max = long.MaxValue) => Required(name, OptionalInt64(name, min, max));

    public long? OptionalInt64(string name, long min = long.MinValue, long max = long.MaxValue)
    {
        if (!TryTake(name, JsonValueKind.Number, "a whole number", out var element))
        {
            return null;
        }

        if (!element.TryGetInt64(out var value))
        {
            var whole = element.GetRawText().All(c => char.IsAsciiDigit(c) || c == '-');
            Error(name, whole ? "out_of_range" : "wrong_type", whole ? $"{Path(name)} must be from {min} to {max}." : $"{Path(name)} must be a whole number, without decimals or exponent.");
            return null;
        }

        if (value < min || value > max)
        {
            Error(name, "out_of_range", $"{Path(name)} must be from {min} to {max}.");
            return null;
        }

        return value;
    }

    public int Int32(string name, int min = int.MinValue, int max = int.MaxValue) => (int)Int64(name, min, max);

    public int? OptionalInt32(string name, int min = int.MinValue, int max = int.MaxValue) => (int?)OptionalInt64(name, min, max);

    public bool Boolean(string name) => Required(name, OptionalBoolean(name));

    public bool? OptionalBoolean(string name)
    {
        if (!TryTake(name, out var element))
        {
            return null;
        }

        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return element.GetBoolean();
        }

        WrongType(name, "true or false");
        return null;
    }

    /// <summary>An object inside this one. Where it is missing or wrong that is the only error; its fields are not complained about.</summary>
    public BodyReader Object(string name) => Required(name, OptionalObject(name), Silent);

    public BodyReader? OptionalObject(string name) =>
        TryTake(name, JsonValueKind.Object, "an object", out var element) ? Child(element, Path(name)) : null;

    /// <summary>A list of objects.</summary>
    public IReadOnlyList<T> Array<T>(string name, int max, Func<BodyReader, T> read, int min = 1) =>
        Required(name, OptionalArray(name, max, read, min), []);

    public IReadOnlyList<T>? OptionalArray<T>(string name, int max, Func<BodyReader, T> read, int min = 0)
    {
        if (!TryTake(name, JsonValueKind.Array, "a list", out var element))
        {
            return null;
        }

        if (element.GetArrayLength() < min || element.GetArrayLength() > max)
        {
            Error(name, "wrong_length", $"{Path(name)} must have {min} to {max} items.");
            return null;
        }

        return [.. element.EnumerateArray().Select((item, i) => Item($"{Path(name)}[{i}]", item, read))];
    }

    /// <summary>A list of texts, each of 1 to 255 characters.</summary>
    public IReadOnlyList<string>? OptionalStrings(string name, int max, int min = 0)
    {
        if (!TryTake(name, JsonValueKind.Array, "a list of texts", out var element))
        {
            return null;
        }

        if (element.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
        {
            WrongType(name, "a list of texts");
            return null;
        }

        if (element.GetArrayLength() < min || element.GetArrayLength() > max)
        {
            Error(name, "wrong_length", $"{Path(name)} must have {min} to {max} items.");
            return null;
        }

        return [.. element.EnumerateArray().Select(item => Text(name, item.GetString()!, max: 255, min: 1) ?? "")];
    }

    /// <summary>An enum by its name in snake_case.</summary>
    public T Enum<T>(string name) where T : struct, Enum => Required(name, OptionalEnum<T>(name));

    public T? OptionalEnum<T>(string name) where T : struct, Enum
    {
        if (OptionalString(name) is not { } text)
        {
            return null;
        }

        if (EnumNames<T>.ByName.TryGetValue(text, out var value))
        {
            return value;
        }

        Error(name, "unknown_value", $"{Path(name)} must be one of: {string.Join(", ", EnumNames<T>.ByName.Keys.Order(StringComparer.Ordinal))}.");
        return null;
    }

    /// <summary>Adds an error of the caller's own about a field.</summary>
    public void Error(string name, string code, string message) => _errors?.Add(new FieldError(Path(name), code, message));

    /// <summary>The path of a field as the API spells it.</summary>
    public string Path(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    /// <summary>Takes a string through a parser of the caller's; the error says what was expected.</summary>
    /// <param name="expected">Ends the sentence "… must be": <c>"a date such as 2026-11-21"</c>.</param>
    internal T? Parsed<T>(string name, Func<string, (bool Ok, T Value)> parse, string code, string expected, int max = 255) where T : struct
    {
        if (OptionalString(name, max) is not { } text)
        {
            return null;
        }

        if (parse(text) is (true, var value))
        {
            return value;
        }

        Error(name, code, $"{Path(name)} must be {expected}.");
        return null;
    }

    internal T Required<T>(string name, T? value) where T : struct
    {
        RequireThere(name);
        return value ?? default;
    }

    internal T Required<T>(string name, T? value, T instead) where T : class
    {
        RequireThere(name);
        return value ?? instead;
    }

    /// <summary>Every field of this object as name and value; all of them count as asked for.</summary>
    internal IEnumerable<JsonProperty> Everything()
    {
        foreach (var property in _object.EnumerateObject())
        {
            _known.Add(property.Name);
            yield return property;
        }
    }

    internal void RefuseUnread()
    {
        foreach (var property in _object.EnumerateObject().Where(property => !_known.Contains(property.Name)))
        {
            Error(property.Name, "unknown_field", $"{Path(property.Name)} is not a field of this request.");
        }

        foreach (var child in _children)
        {
            child.RefuseUnread();
        }
    }

    internal string? Text(string name, string text, int max, int min)
    {
        if (text.Any(char.IsControl))
        {
            Error(name, "invalid_text", $"{Path(name)} must not contain control characters.");
            return null;
        }

        if (text.Length < min || text.Length > max)
        {
            Error(name, "wrong_length", min == max ? $"{Path(name)} must have {max} characters." : $"{Path(name)} must have {min} to {max} characters.");
            return null;
        }

        return text;
    }

    private void RequireThere(string name)
    {
        if (!Has(name))
        {
            Error(name, "required", $"{Path(name)} is required.");
        }
    }

    private T Item<T>(string path, JsonElement item, Func<BodyReader, T> read)
    {
        if (item.ValueKind == JsonValueKind.Object)
        {
            return read(Child(item, path));
        }

        _errors?.Add(new FieldError(path, "wrong_type", $"{path} must be an object."));
        return read(Silent);
    }

    private BodyReader Child(JsonElement element, string path)
    {
        var child = new BodyReader(element, path, _errors);
        _children.Add(child);
        return child;
    }

    private bool TryTake(string name, JsonValueKind kind, string expected, out JsonElement element)
    {
        if (!TryTake(name, out element))
        {
            return false;
        }

        if (element.ValueKind == kind)
        {
            return true;
        }

        WrongType(name, expected);
        return false;
    }

    private bool TryTake(string name, out JsonElement element)
    {
        element = default;
        if (_errors is null)
        {
            return false;
        }

        _known.Add(name);
        return _object.TryGetProperty(name, out element) && element.ValueKind != JsonValueKind.Null;
    }

    private void WrongType(string name, string expected) => Error(name, "wrong_type", $"{Path(name)} must be {expected}.");

    private static class EnumNames<T> where T : struct, Enum
    {
        public static readonly IReadOnlyDictionary<string, T> ByName =
            System.Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);
    }
}
