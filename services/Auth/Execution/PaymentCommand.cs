using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Execution;

/// <summary>Something that somebody wants of a payment, on its way to whoever runs it.</summary>
public sealed class PaymentCommand
{
    private readonly TaskCompletionSource<CommandEnd> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PaymentCommand()
    {
    }

    /// <summary>The key whose answer is waited for; null when nobody waits.</summary>
    public string? IdempotencyKey { get; private init; }

    /// <summary>The request of a new payment, whose key is taken with its first commit.</summary>
    public KeyRow? New { get; private init; }

    /// <summary>The change that the command asks for, or why not; null when what is pending is to be carried on and nothing is asked for.</summary>
    public Func<Payment, DateTimeOffset, Result<PaymentChange>>? Decide { get; private init; }

    public Task<CommandEnd> End => end.Task;

    /// <summary>Begin a payment of which nothing is written yet.</summary>
    public static PaymentCommand Begin(KeyRow request) => new() { New = request, IdempotencyKey = request.Name.Key };

    /// <summary>Carry on with whatever is pending.</summary>
    /// <param name="idempotencyKey">The key whose answer is waited for; null when nobody waits.</param>
    public static PaymentCommand CarryOn(string? idempotencyKey = null) => new() { IdempotencyKey = idempotencyKey };

    /// <summary>Ask for an operation.</summary>
    public static PaymentCommand Ask(string idempotencyKey, Func<Payment, DateTimeOffset, Result<PaymentChange>> decide) =>
        new() { IdempotencyKey = idempotencyKey, Decide = decide };

    /// <summary>Tell of something that happened, which nobody waits for the answer to.</summary>
    public static PaymentCommand Tell(Func<Payment, DateTimeOffset, Result<PaymentChange>> decide) => new() { Decide = decide };

    internal void Finish(CommandEnd how) => end.TrySetResult(how);

    internal void Fail(Exception failure)
    {
        end.TrySetException(failure);
        _ = end.Task.Exception;   // looked at: whoever stopped waiting must not turn it into an unobserved one
    }
}

/// <summary>What became of a command.</summary>
public abstract record CommandEnd
{
    /// <summary>The answer to the key is committed.</summary>
    public sealed record Answered(KeyAnswer Answer) : CommandEnd;

    /// <summary>Refused; nothing was changed.</summary>
    public sealed record Refused(Refusal Refusal, Payment Payment) : CommandEnd;

    /// <summary>Nothing more happens now: it was finished before, or an acquirer gave no answer and is asked again later.</summary>
    public sealed record Left : CommandEnd;

    /// <summary>Another process runs the payment.</summary>
    public sealed record Elsewhere : CommandEnd;

    /// <summary>There is no such payment.</summary>
    public sealed record Unknown : CommandEnd;

    /// <summary>The key was taken by another request in the meantime.</summary>
    public sealed record KeyTaken : CommandEnd;
}
