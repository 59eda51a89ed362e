using System.Reflection;
using Confluent.Kafka;
using PayFlow.Messaging.Kafka;
using Xunit;

namespace PayFlow.Messaging.UnitTests.Kafka;

public sealed class SharedProducerTests
{
    [Fact]
    public void The_client_is_freed_when_its_owner_and_the_last_call_have_let_go()
    {
        var client = DispatchProxy.Create<IProducer<string, byte[]>, CountingClient>();
        var shared = new SharedProducer(client);
        var (first, second) = (shared.Use(), shared.Use());
        first.Dispose();
        Assert.Equal(0, Freed());
        shared.Release();
        Assert.Equal(0, Freed());
        second.Dispose();
        Assert.Equal(1, Freed());

        int Freed() => ((CountingClient)(object)client).Freed;
    }

    [Fact]
    public void The_client_is_freed_at_once_when_no_call_is_under_way()
    {
        var client = DispatchProxy.Create<IProducer<string, byte[]>, CountingClient>();
        new SharedProducer(client).Release();
        Assert.Equal(1, ((CountingClient)(object)client).Freed);
    }

    /// <summary>Counts how often it is disposed of.</summary>
    public class CountingClient : DispatchProxy
    {
        public int Freed { get; private set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Assert.Equal(nameof(IDisposable.Dispose), targetMethod?.Name);
            Freed++;
            return null;
        }
    }
}
