using System.Globalization;

namespace PayFlow.EmbeddedKafka;

/// <summary>A topic to create.</summary>
internal readonly record struct Topic(string Name, int Partitions)
{
    /// <summary>Reads <c>name:partitions,name:partitions</c>.</summary>
    /// <exception cref="FormatException">An entry is not of that form.</exception>
    public static IEnumerable<Topic> ParseList(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse);

    /// <summary>Reads <c>name:partitions</c>.</summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static Topic Parse(string entry) =>
        entry.Split(':') is [{ Length: > 0 } name, var count] && int.TryParse(count, CultureInfo.InvariantCulture, out var partitions) && partitions > 0
            ? new Topic(name, partitions)
            : throw new FormatException($"'{entry}' is not a topic; write name:partitions.");
}
