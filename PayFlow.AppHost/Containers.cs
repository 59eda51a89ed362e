/// <summary>The servers in containers. Left out of a build without Aspire's container packages (PayFlowFeed=partial).</summary>
internal sealed partial record Servers
{
    static partial void AddContainers(IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password, ref Servers? servers)
    {
        builder.AddDockerComposeEnvironment("payflow");

        // A second system on shifted ports keeps its data apart from the first one's.
        var volume = builder.PortOffset() == 0 ? "payflow-postgres" : $"payflow-postgres-{builder.PortOffset()}";
        var postgres = builder.AddPostgres("postgres", password: password, port: builder.Shifted(PostgresPort)).WithDataVolume(volume);

        servers = new(
            DatabaseNames.ToDictionary(name => name, name => (IResourceBuilder<IResourceWithConnectionString>)postgres.AddDatabase($"{name}db", name)),
            builder.AddRedis("redis", port: builder.Shifted(RedisPort)),
            builder.AddKafka("kafka", port: builder.Shifted(KafkaPort)));
    }
}
