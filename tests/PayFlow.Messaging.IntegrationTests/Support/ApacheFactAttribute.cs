using PayFlow.Testing;
using Xunit;

namespace PayFlow.Messaging.IntegrationTests.Support;

/// <summary>A test of what only Apache Kafka can do; skipped, visibly, where <c>KAFKA_HOME</c> is not set.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ApacheFactAttribute : FactAttribute
{
    public ApacheFactAttribute() => Skip = KafkaServer.HasApache ? null! : "KAFKA_HOME is not set.";
}
