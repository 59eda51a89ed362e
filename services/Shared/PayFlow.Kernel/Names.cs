using System.Collections.Frozen;
using System.Text.Json;

namespace PayFlow.Kernel;

/// <summary>Enums as the database and the contracts spell them: snake_case.</summary>
public static class Names
{
    public static string Of<T>(T value) where T : struct, Enum => Table<T>.ByValue[value];

    /// <exception cref="KeyNotFoundException">The name is none of the enum's.</exception>
    public static T Parse<T>(string name) where T : struct, Enum => Table<T>.ByName[name];

    private static class Table<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> ByValue =
            Enum.GetValues<T>().ToFrozenDictionary(value => value, value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static readonly FrozenDictionary<string, T> ByName = ByValue.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);
    }
}
