using Microsoft.Extensions.Options;
using Npgsql;
using PayFlow.Auth.ApiKeys;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>
/// Makes one merchant with a given test key in a development system, once. Without <c>Auth:Seed:ApiKey</c>, or outside Development, it does nothing.
/// </summary>
public sealed partial class SeedMerchant(
    CreateMerchant create, AuthenticateApiKey authenticate, IOptions<SeedOptions> options, IHostEnvironment environment, ILogger<SeedMerchant> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment() || options.Value.ApiKey is not { } secret)
        {
            return;
        }

        if ((await authenticate.HandleAsync(ApiKey.HashOf(secret), cancellationToken)).TryGet(out var known, out _))
        {
            LogKnown(known.MerchantId);
            return;
        }

        try
        {
            var seed = options.Value;
            var created = await create.CreateAsync(new CreateMerchantCommand(seed.MerchantName, Mode.Test, seed.TimeZone, seed.RateLimit), secret, cancellationToken);
            LogSeeded(created.Merchant.Id, created.Merchant.Id.Slot.Number);
        }
        catch (PostgresException taken) when (taken.ConstraintName == "api_keys_hash_unique")
        {
            LogTaken();   // another process of this service seeded at the same time
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "The test merchant is {Merchant}")]
    private partial void LogKnown(Id merchant);

    [LoggerMessage(Level = LogLevel.Information, Message = "Seeded the test merchant {Merchant} in slot {Slot}")]
    private partial void LogSeeded(Id merchant, short slot);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another process seeded the test merchant")]
    private partial void LogTaken();
}
