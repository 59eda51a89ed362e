namespace PayFlow.Kernel;

/// <summary>Not now: something is moving, full or away. Whoever asked gets 503 and may send the same again, with the same idempotency key.</summary>
public abstract class UnavailableException(string message, Exception? inner = null) : Exception(message, inner);
