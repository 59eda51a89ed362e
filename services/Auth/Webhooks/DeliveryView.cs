using System.ComponentModel;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Webhooks;

/// <summary>A delivery as the API shows it.</summary>
public sealed record DeliveryView
{
    public required Id Id { get; init; }

    public string Object { get; init; } = "webhook_delivery";

    [Description("The event; also the header webhook-id, the same at every attempt.")]
    public required Id EventId { get; init; }

    public required string Type { get; init; }

    [Description("pending, succeeded or failed.")]
    public required string Status { get; init; }

    [Description("Null when it isn't tried any more.")]
    public DateTimeOffset? NextAttemptAt { get; init; }

    public required IReadOnlyList<AttemptView> Attempts { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public static DeliveryView Of(Delivery delivery, IReadOnlyList<Attempt> attempts) => new()
    {
        Id = delivery.Id,
        EventId = delivery.EventId,
        Type = delivery.Type,
        Status = Names.Of(delivery.State),
        NextAttemptAt = delivery.NextAt,
        Attempts = [.. attempts.Select((attempt, index) => new AttemptView(index + 1, attempt.StartedAt, attempt.DurationMs, attempt.Status, attempt.Error, attempt.Response))],
        CreatedAt = delivery.CreatedAt,
        FinishedAt = delivery.FinishedAt,
    };
}

/// <param name="StatusCode">Null when there was no answer.</param>
/// <param name="Response">The first KiB of the answer's body.</param>
public sealed record AttemptView(int Number, DateTimeOffset At, int DurationMs, int? StatusCode, string? Error, string? Response);
