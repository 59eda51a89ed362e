namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>One Auth for the tests of a class.</summary>
public abstract class HostedTests(World world) : IAsyncLifetime
{
    protected World World { get; } = world;

    protected AuthHost Host { get; private set; } = null!;

    protected MerchantClient Merchant { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var database = OwnDatabase ? await World.Postgres.CreateDatabaseAsync("payments") : World.PaymentsDatabase;
        Host = await AuthHost.StartAsync(World, settings =>
        {
            settings["ConnectionStrings:payments"] = database;
            Configure(settings);
        });
        Merchant = await Host.NewMerchantAsync();
    }

    public async Task DisposeAsync()
    {
        Merchant.Dispose();
        await Host.DisposeAsync();
    }

    /// <summary>Whether the class is about settings that other processes on the same database, and their sweeps, would get in the way of.</summary>
    protected virtual bool OwnDatabase => false;

    protected virtual void Configure(Dictionary<string, string?> settings)
    {
    }

    /// <summary>The payment as it is in the database.</summary>
    protected async Task<Auth.Payments.Payment> StoredAsync(string payment)
    {
        var found = await Host.Get<Auth.Payments.PaymentStore>().FindAsync(Id.Parse(IdPrefix.Payment, payment), CancellationToken.None);
        Assert.NotNull(found);
        return found;
    }

    /// <summary>What the acquirers have of a payment.</summary>
    protected async Task<IReadOnlyList<System.Text.Json.Nodes.JsonObject>> BooksAsync(string payment) =>
        await World.Acquirers.BooksAsync((await StoredAsync(payment)).Attempts.Select(attempt => attempt.Reference));

    protected static async Task UntilAsync(Func<Task<bool>> holds, int seconds = 20)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(seconds), "What was waited for did not happen.");
            await Task.Delay(50);
        }
    }
}
