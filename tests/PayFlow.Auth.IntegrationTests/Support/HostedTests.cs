using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>Tests of an Auth: of the one that all share or, when the class has settings of its own, of one with a database of its own.</summary>
public abstract class HostedTests(World world) : IAsyncLifetime
{
    protected World World { get; } = world;

    protected AuthHost Host { get; private set; } = null!;

    protected MerchantClient Merchant { get; private set; } = null!;

    /// <summary>The class's own settings; null when it has none.</summary>
    protected virtual Action<Dictionary<string, string?>>? Settings => null;

    /// <summary>Where an Auth with the class's own settings logs; nowhere unless told.</summary>
    protected virtual Action<ILoggingBuilder>? Logging => null;

    public async Task InitializeAsync()
    {
        Host = Settings is null ? await World.HostAsync() : await StartOwnAsync(await World.Postgres.CreateDatabaseAsync("payments"));
        Merchant = await Host.NewMerchantAsync();
    }

    public async Task DisposeAsync()
    {
        Merchant.Dispose();
        if (Settings is not null)
        {
            await Host.DisposeAsync();
        }
    }

    /// <summary>Another Auth with the class's settings, on the same database as <see cref="Host"/> unless told.</summary>
    protected Task<AuthHost> StartOwnAsync(string? database = null) => AuthHost.StartAsync(
        World,
        settings =>
        {
            settings["ConnectionStrings:payments"] = database ?? Host.Get<IConfiguration>()["ConnectionStrings:payments"];
            Settings?.Invoke(settings);
        },
        Logging);

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
