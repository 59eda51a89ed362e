using Xunit;

namespace PayFlow.Testing;

/// <summary>A test of what only Apache Kafka can do; skipped, visibly, where <c>KAFKA_HOME</c> is not set.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ApacheFactAttribute : FactAttribute
{
    public ApacheFactAttribute() => Skip = KafkaServer.HasApache ? null! : "KAFKA_HOME is not set.";
}
