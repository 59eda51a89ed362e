using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

/// <summary>The servers as processes of this machine: the scripts of eng/local, which open their port only when ready.</summary>
internal sealed partial record Servers
{
    private static Servers AddLocalProcesses(IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password)
    {
        var postgres = Run("postgres", PostgresPort)
            .WithEnvironment("PAYFLOW_PG_PASSWORD", password)
            .WithEnvironment("PAYFLOW_PG_DATABASES", string.Join(' ', DatabaseNames));
        var redis = Run("redis", RedisPort);
        var kafka = Run("kafka", KafkaPort)
            .WithEnvironment("PAYFLOW_KAFKA_PARTITIONS", builder.Configuration["topics:partitions"]);

        return new(
            DatabaseNames.ToDictionary(name => name, name => Connection($"{name}db", postgres, ReferenceExpression.Create(
                $"Host=localhost;Port={Port(postgres)};Username=postgres;Password={password};Database={name}"))),
            Connection("redis-connection", redis, ReferenceExpression.Create($"localhost:{Port(redis)}")),
            Connection("kafka-connection", kafka, ReferenceExpression.Create($"localhost:{Port(kafka)}")));

        IResourceBuilder<ExecutableResource> Run(string name, int usualPort)
        {
            var port = builder.Shifted(usualPort);
            builder.Services.AddHealthChecks().AddAsyncCheck($"{name}_tcp", async cancel =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", port, cancel);
                return HealthCheckResult.Healthy();
            });
            var script = Path.GetFullPath($"../eng/local/{name}", builder.AppHostDirectory);
            return builder.AddExecutable(name, script, ".", port.ToString(CultureInfo.InvariantCulture)).WithIconName("Database")
                .WithEndpoint(port: port, targetPort: port, scheme: "tcp", name: "tcp", isProxied: false)
                .WithHealthCheck($"{name}_tcp")
                .WithEnvironment("PAYFLOW_STATE", builder.StateDirectory());
        }

        // A connection string is "ready" as soon as it exists: the wait makes it as ready as its server.
        IResourceBuilder<IResourceWithConnectionString> Connection(string name, IResourceBuilder<ExecutableResource> server, ReferenceExpression value) =>
            builder.AddConnectionString(name, value).WaitFor(server);

        static EndpointReferenceExpression Port(IResourceBuilder<ExecutableResource> server) => server.GetEndpoint("tcp").Property(EndpointProperty.Port);
    }
}
