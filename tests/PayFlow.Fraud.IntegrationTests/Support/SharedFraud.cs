namespace PayFlow.Fraud.IntegrationTests.Support;

/// <summary>One Fraud for all tests that use cards and merchants of their own.</summary>
public sealed class SharedFraud : IAsyncLifetime
{
    public const string Name = "shared fraud";

    public FraudProcess Fraud { get; private set; } = null!;

    public async Task InitializeAsync() => Fraud = await FraudProcess.StartNewAsync();

    public async Task DisposeAsync() => await Fraud.DisposeAsync();

    [CollectionDefinition(Name)]
    public sealed class Collection : ICollectionFixture<SharedFraud>;
}
