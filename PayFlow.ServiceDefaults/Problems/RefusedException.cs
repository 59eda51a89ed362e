using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Problems;

/// <summary>
/// A refusal where no <see cref="Result{T}"/> can be returned: at the gRPC edge, whose methods return messages. The server's interceptor and
/// the problem middleware turn it into an answer.
/// </summary>
public sealed class RefusedException(Refusal refusal, Exception? inner = null) : Exception(refusal.Message, inner)
{
    public Refusal Refusal { get; } = refusal;
}
