using Confluent.Kafka;

namespace PayFlow.Messaging.Kafka;

/// <summary>
/// A client that is freed when its owner has released it and the last call into it has returned. The client does not see to that itself: one that is
/// disposed of during a call frees memory which the call still reads, and the whole process dies.
/// </summary>
internal sealed class SharedProducer(IProducer<string, byte[]> client)
{
    private int _holders = 1;   // its owner

    public IProducer<string, byte[]> Client => client;

    /// <summary>Keeps the client until the result is disposed of. Only for who knows that the owner has not released it yet.</summary>
    public InUse Use()
    {
        Interlocked.Increment(ref _holders);
        return new InUse(this);
    }

    /// <summary>The owner lets go of it, once.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            client.Dispose();
    }

    /// <summary>One call into the client.</summary>
    public readonly struct InUse(SharedProducer producer) : IDisposable
    {
        public IProducer<string, byte[]> Client => producer.Client;

        public void Dispose() => producer.Release();
    }
}
