using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

// server ◀─ job ◀─ service ◀─ front; configuration says what goes wrong.
var builder = DistributedApplication.CreateBuilder(args);
var ready = Path.Combine(builder.Configuration["state"]!, "server-is-ready");
var secret = builder.AddParameter("secret", new GenerateParameterDefault { MinLength = 24, Special = false }, secret: true, persist: true);

// Ready half a second after it runs, and deaf to SIGTERM if asked to be.
builder.Services.AddHealthChecks().AddCheck("server_ready", () => File.Exists(ready) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("not ready yet"));
var server = builder.AddExecutable("server", builder.Configuration["server"] ?? "bash", ".", "-c",
        "rm -f \"$READY\"; [ \"$DEAF\" = true ] && trap '' TERM; sleep 0.5; touch \"$READY\"; echo server is ready; sleep 600 & wait; wait")
    .WithEnvironment("READY", ready)
    .WithEnvironment("DEAF", builder.Configuration["deaf"])
    .WithHealthCheck("server_ready")
    .WithEndpoint(port: Port(41), targetPort: Port(41), scheme: "tcp", name: "tcp", isProxied: false);

var connection = builder.AddConnectionString("connection", ReferenceExpression.Create(
    $"Host=localhost;Port={server.GetEndpoint("tcp").Property(EndpointProperty.Port)};Password={secret}")).WaitFor(server);

var job = builder.AddProject<Projects.PayFlow_Standins_Launcher_SampleEcho>("job").WithEnvironment("EXIT_CODE", builder.Configuration["job:exit-code"] ?? "0")
    .WithEndpoint("http", endpoint => endpoint.Port = Port(42)).WithReference(connection, "database").WaitFor(connection);

var service = builder.AddProject<Projects.PayFlow_Standins_Launcher_SampleEcho>("service")
    .WithEndpoint("http", endpoint => endpoint.Port = Port(43)).WithEndpoint("grpc", endpoint => endpoint.Port = Port(44))
    .WithReference(connection, "database").WaitForCompletion(job).WithHttpHealthCheck("/health");

builder.AddProject<Projects.PayFlow_Standins_Launcher_SampleEcho>("front")
    .WithEndpoint("http", endpoint => endpoint.Port = Port(45)).WithEndpoint("grpc", endpoint => endpoint.Port = Port(46))
    .WithReference(service).WaitFor(service).WithHttpHealthCheck("/health")
    .WithEnvironment("SECRET", secret).WithEnvironment("GREETING", $"secret {secret}")
    .WithHttpCommand("/command", "Do it", endpointName: "http", commandName: "do-it", commandOptions: new()
    {
        PrepareRequest = async context => context.Request.Headers.Add("X-Key", await secret.Resource.GetValueAsync(context.CancellationToken)),
    });

builder.Build().Run();

int Port(int number) => builder.Configuration.GetValue<int>("ports:first") + number;
