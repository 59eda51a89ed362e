using System.Text.Json;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Sandbox.Notices;

/// <summary>Something that happened at an acquirer on its own, and is not yet in its feed.</summary>
/// <param name="Type">What happened, snake_case.</param>
/// <param name="OccurredAt">UTC.</param>
/// <param name="DataJson">What the acquirer says of it.</param>
public sealed record NewNotice(string Type, DateTimeOffset OccurredAt, string DataJson)
{
    /// <param name="data">Serialized as the API is: snake_case.</param>
    public static NewNotice Of<T>(string type, DateTimeOffset occurredAt, T data) => new(type, occurredAt, JsonSerializer.Serialize(data, ApiJson.Options));
}

/// <summary>A notice as the feed tells it.</summary>
/// <param name="Sequence">Its place in the feed of the acquirer, from 1 without gaps.</param>
public sealed record Notice(long Sequence, string Type, DateTimeOffset OccurredAt, JsonElement Data);
