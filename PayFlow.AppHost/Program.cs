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
var vaultKey = builder.AddParameter("vault-encryption-key", new EncryptionKey(), secret: true, persist: true)
    .WithDescription("Encrypts the keys that encrypt stored cards: base64 of 32 bytes.");
var ledgerKey = builder.AddParameter("ledger-signing-key", new SigningKey(), secret: true, persist: true)
    .WithDescription("Signs the heads of the ledger's hash chain: PKCS #8 of a key on P-256, in base64.");
var testApiKey = builder.AddParameter("test-api-key", new TestApiKey("sk_test_"), secret: true, persist: true)
    .WithDescription("API key of the demo merchant, test mode.");
var administratorKey = builder.AddParameter("administrator-key", new TestApiKey("ak_"), secret: true, persist: true)
    .WithDescription("Key of an administrator: onboards merchants under /admin/v1.");

// The three servers: Postgres is the truth, Kafka carries what happened, Redis only makes things fast.
var servers = Servers.Add(builder, postgresPassword);

// A job that creates the topics, or checks that they are as they must be, and ends. Services start after it.
var topics = builder.AddProject<Projects.PayFlow_Topics>("topics").WithIconName("TextBulletListSquare")
    .WithReference(servers.Kafka, "kafka").WaitFor(servers.Kafka)
    .WithEnvironment("Topics__Partitions", builder.Configuration["topics:partitions"]);

// Three acquirers with books of their own: the outside world, with faults on demand.
var sandbox = Web<Projects.PayFlow_Sandbox>("sandbox", "Beaker", database: "sandbox")
    .WithChaosCommand("storm", "Make the acquirers unreliable", "WeatherThunderstorm", HttpMethod.Put,
        """{ "latency_ms": 200, "error_rate": 0.1, "timeout_rate": 0.02, "lost_reply_rate": 0.02 }""")
    .WithChaosCommand("calm", "Let the acquirers recover", "WeatherSunny", HttpMethod.Delete);

var fraud = Web<Projects.PayFlow_Fraud>("fraud", "Shield", database: "fraud")
    .WithReference(servers.Redis, "redis");

var ledger = Service<Projects.PayFlow_Ledger>("ledger", "Book", database: "ledger")
    .WithEnvironment("Ledger__Chain__SigningKey", ledgerKey)
    .WithEnvironment("Ledger__Chain__HeadsDirectory", Path.Combine(builder.StateDirectory(), "ledger-heads"));   // in production, where Postgres' administrator can't write

var batch = Service<Projects.PayFlow_Batch>("batch", "Archive", database: "settlement")
    .WithReference(sandbox).WaitFor(sandbox)
    .WithOpsCommand("cutoff", "/internal/cutoff", "Run the cutoff now", "Clock", opsKey, confirm: "Close today's batches now?");

var auth = Service<Projects.PayFlow_Auth>("auth", "LockClosed", database: "payments")
    .WithReference(servers.Redis, "redis")
    .WithReference(fraud).WaitFor(fraud)
    .WithReference(sandbox).WaitFor(sandbox)
    .WithReference(batch)    // asked only when a refund may still be a void
    .WithReference(ledger)   // asked only what a preview would post
    .WithEnvironment("Auth__ThreeDSecure__PublicAddress", FormattableString.Invariant($"http://localhost:{builder.Shifted(8080)}"))
    .WithEnvironment("Auth__Vault__KeyEncryptionKey", vaultKey)
    .WithEnvironment("Auth__Seed__AdministratorKey", administratorKey)
    .WithEnvironment("Auth__Seed__ApiKey", testApiKey);

var reconciler = Service<Projects.PayFlow_Reconciler>("reconciler", "Scales", database: "reconciliation")
    .WithReference(sandbox);   // asked again and again what happened at the acquirers: they may be away

ledger.WithReference(auth);   // asked what the payments moved, to compare the books: it may be away

// The only door from outside.
Web<Projects.PayFlow_Gateway>("gateway", "Door", database: null)
    .WithReference(auth).WaitFor(auth)
    .WithReference(ledger).WaitFor(ledger)
    .WithReference(batch).WaitFor(batch)
    .WithReference(reconciler).WaitFor(reconciler)
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => url.DisplayText = "API")
    .WithUrlForEndpoint("http", _ => new() { Url = "/docs", DisplayText = "API reference" });

builder.Build().Run();

// A process that serves HTTP: its ports come from its own appsettings.json, its health from /health, and its database is its own.
IResourceBuilder<ProjectResource> Web<TProject>(string name, string icon, string? database) where TProject : IProjectMetadata, new()
{
    var project = builder.AddProject<TProject>(name).WithIconName(icon).WithPortOffset().WithHttpHealthCheck("/health")
        .WithEnvironment("InternalIdentity__Key", identityKey)
        .WithEnvironment("OpsKey", opsKey)
        .WithEnvironment("PayFlow__CrashPoints", builder.Configuration["crash-points"] == "true" ? "on" : "");
    return database is null ? project : project.WithReference(servers.Databases[database], database).WaitFor(servers.Databases[database]);
}

// A service publishes its events from its outbox, and can do so again.
IResourceBuilder<ProjectResource> Service<TProject>(string name, string icon, string database) where TProject : IProjectMetadata, new() =>
    Web<TProject>(name, icon, database)
        .WithReference(servers.Kafka, "kafka").WaitForCompletion(topics)
        .WithOpsCommand("republish", "/internal/outbox/republish", "Publish the outbox again", "ArrowRepeatAll", opsKey,
            confirm: "Publish every kept outbox row again? Consumers skip what they have already seen.");

IResourceBuilder<ParameterResource> Secret(string name, string description) =>
    builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true)
        .WithDescription(description);
