namespace PayFlow.Auth.Webhooks;

public enum DeliveryState
{
    /// <summary>It will be tried (again).</summary>
    Pending,

    /// <summary>The endpoint answered 2xx.</summary>
    Succeeded,

    /// <summary>Every try failed, or the endpoint is gone.</summary>
    Failed,
}

/// <summary>An event on its way to an endpoint.</summary>
/// <param name="EventId">Also <c>webhook-id</c>: the same at every try.</param>
/// <param name="Tries">Attempts that failed, of the schedule's; a redelivery begins anew.</param>
/// <param name="NextAt">When it is tried next, UTC; null when it isn't any more.</param>
public sealed record Delivery(
    Id Id, Id EndpointId, Id EventId, string Type, DeliveryState State, int Tries, DateTimeOffset? NextAt, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt);

/// <summary>A delivery that this process has taken, with all that it takes to send it.</summary>
/// <param name="Epoch">Grows with each taking; what a process notes counts only if nobody took the delivery after it.</param>
/// <param name="Body">The bytes that are signed and sent, the same at every try.</param>
internal sealed record ClaimedDelivery(Id Id, int Epoch, int Tries, Id EventId, ReadOnlyMemory<byte> Body, Id EndpointId, Uri Url, EndpointSecrets Secrets);

/// <summary>What came of one try.</summary>
/// <param name="StartedAt">UTC.</param>
/// <param name="DurationMs">Milliseconds until the answer, or until it was given up.</param>
/// <param name="Status">The HTTP status; null when there was no answer.</param>
/// <param name="Error">What went wrong; null on success.</param>
/// <param name="Response">The beginning of the answer's body.</param>
public sealed record Attempt(DateTimeOffset StartedAt, int DurationMs, int? Status, string? Error, string? Response)
{
    public bool Succeeded => Status is >= 200 and < 300 && Error is null;

    /// <summary>The endpoint says that it will never want anything again.</summary>
    public bool IsGone => Status == StatusCodes.Status410Gone;
}
