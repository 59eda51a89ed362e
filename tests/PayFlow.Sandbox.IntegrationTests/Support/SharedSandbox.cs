namespace PayFlow.Sandbox.IntegrationTests.Support;

/// <summary>One Sandbox for all tests that leave it as they found it.</summary>
public sealed class SharedSandbox : IAsyncLifetime
{
    public const string Name = "shared sandbox";

    public Sandbox Sandbox { get; private set; } = null!;

    // Late lines come at once: no test waits for a clock.
    public async Task InitializeAsync() => Sandbox = await Sandbox.StartNewAsync(("Sandbox__LateDelay", "00:00:00.200"));

    public async Task DisposeAsync() => await Sandbox.DisposeAsync();

    [CollectionDefinition(Name)]
    public sealed class Collection : ICollectionFixture<SharedSandbox>;
}
