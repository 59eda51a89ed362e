using System.Text.Json;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Idempotency;

/// <summary>An idempotency key is a merchant's own, in one mode.</summary>
public readonly record struct KeyName(Id MerchantId, Mode Mode, string Key)
{
    /// <summary>In place of a mode: an administrator's request about the merchant. The merchant doesn't see its keys, nor the other way round.</summary>
    public const Mode OfAdministrators = 0;
}

/// <summary>
/// What was asked under a key. Committed before anything is done, so that whoever comes later (a retry, another process, the sweep) does the same thing and
/// not a second one.
/// </summary>
/// <param name="Fingerprint">SHA-256 of the canonical request.</param>
/// <param name="Resource">What the request makes: the payment of a create, the operation of an action, or what a <see cref="SimpleRequest"/> makes.</param>
/// <param name="PaymentId">The payment that the request is about; no id when it is about something else. Then nothing is left to run.</param>
/// <param name="Request">JSON; enough to carry the request out, and no card data.</param>
public sealed record KeyRow(KeyName Name, byte[] Fingerprint, KeyKind Kind, Id Resource, Id PaymentId, string Request, DateTimeOffset CreatedAt)
{
    /// <summary>The answer, once there is one.</summary>
    public KeyAnswer? Answer { get; init; }

    /// <summary>When there was an answer; null while there is none.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The row of a request for an operation of a payment; the operation's id is made here, so that whoever carries it out makes the same one.</summary>
    public static KeyRow ForOperation<T>(KeyKind kind, KeyName name, Id payment, T asked, DateTimeOffset now) => new(
        name,
        Idempotency.Fingerprint.Of(kind, payment, asked),
        kind,
        Id.New(IdPrefix.Operation, payment.Slot, now),
        payment,
        JsonSerializer.Serialize(asked, ApiJson.Options),
        now);
}

/// <summary>The answer to the request under a key: every later request with the key gets it again, byte for byte.</summary>
public sealed record KeyAnswer(KeyName Name, int Status, string Body);
