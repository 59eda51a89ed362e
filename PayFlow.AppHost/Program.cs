// The map of PayFlow: which processes there are, what each one needs, and who waits for whom. Read this file first.
//
//   eng/payflow up                              installs what is missing, builds, starts everything
//   dotnet run --project PayFlow.AppHost        starts everything, with Aspire's dashboard
//
// Configuration (appsettings.json, environment, command line): `resources` = containers | local (otherwise containers when a
// container runtime answers), `ports:offset` shifts every port, `state` is where local servers keep data, logs and process ids,
// `crash-points` = true lets tests kill a service between any two steps.

var builder = DistributedApplication.CreateBuilder(args);

// Secrets are made at the first start and kept in this user's secrets, never in the repository.
var postgresPassword = Secret("postgres-password", "Superuser of PayFlow's own Postgres.");
var identityKey = Secret("internal-identity-key", "Signs who is calling, from the gateway to the services.");
var opsKey = Secret("ops-key", "Opens the /internal endpoints, in the header X-Ops-Key.");
var vaultKey = Secret("vault-key", "Encrypts the keys that encrypt stored cards.");
var testApiKey = builder.AddParameter("test-api-key", new TestApiKey(), secret: true, persist: true)
    .WithDescription("API key of the demo merchant, test mode.");

// The three servers: Postgres is the truth, Kafka carries what happened, Redis only makes things fast.
var servers = Servers.Add(builder, postgresPassword);

// A job that creates the topics, or checks that they are as they must be, and ends. Services start after it.
builder.AddProject<Projects.PayFlow_Topics>("topics").WithIconName("TextBulletListSquare")
    .WithReference(servers.Kafka, "kafka").WaitFor(servers.Kafka)
    .WithEnvironment("Topics__Partitions", builder.Configuration["topics:partitions"]);

builder.Build().Run();

IResourceBuilder<ParameterResource> Secret(string name, string description) =>
    builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true)
        .WithDescription(description);
