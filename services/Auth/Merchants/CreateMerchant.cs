using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <param name="TimeZone">IANA name; UTC when empty.</param>
/// <param name="RateLimit">Requests per second; the default when 0.</param>
public sealed record CreateMerchantCommand(string Name, Mode Mode, string TimeZone, int RateLimit);

/// <param name="Secret">The first key; shown here and never again.</param>
public sealed record CreatedMerchant(Merchant Merchant, string Secret);

/// <summary>Onboards a merchant in a slot, with a first key.</summary>
public sealed class CreateMerchant(Shards shards, TimeProvider time)
{
    private const int DefaultRateLimit = 100;
    private const int DefaultHoldDays = 7;
    private const int MaxRateLimit = 1_000_000;

    public async Task<Result<CreatedMerchant>> HandleAsync(CreateMerchantCommand command, CancellationToken ct)
    {
        if (Validate(command) is { Count: > 0 } errors)
        {
            return Refusal.Invalid(errors);
        }

        return await CreateAsync(command, ApiKey.NewSecret(command.Mode), ct);
    }

    internal async Task<CreatedMerchant> CreateAsync(CreateMerchantCommand command, string secret, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var slot = await LeastUsedSlotAsync(ct);
        var merchant = new Merchant(
            Id.New(IdPrefix.Merchant, slot, now),
            command.Name,
            command.TimeZone.Length == 0 ? "UTC" : command.TimeZone,
            CaptureAutomatically: false,
            DefaultHoldDays,
            command.RateLimit == 0 ? DefaultRateLimit : command.RateLimit,
            [],
            now);
        await using var transaction = await shards.BeginAsync(slot, ct);
        await MerchantSql.InsertAsync(transaction, merchant, ApiKey.Of(secret, merchant.Id, command.Mode, now), ct);
        await transaction.CommitAsync(ct);
        return new CreatedMerchant(merchant, secret);
    }

    private static List<FieldError> Validate(CreateMerchantCommand command)
    {
        var errors = new List<FieldError>();
        if (command.Name.Length is 0 or > 200)
        {
            errors.Add(new FieldError("name", "wrong_length", "name must have 1 to 200 characters."));
        }

        if (command.Mode is not (Mode.Test or Mode.Live))
        {
            errors.Add(new FieldError("mode", "required", "mode must be test or live."));
        }

        if (command.TimeZone.Length > 0 && !TimeZoneInfo.TryFindSystemTimeZoneById(command.TimeZone, out _))
        {
            errors.Add(new FieldError("time_zone", "unknown_value", "time_zone must be an IANA name such as Europe/Berlin."));
        }

        if (command.RateLimit is < 0 or > MaxRateLimit)
        {
            errors.Add(new FieldError("rate_limit", "out_of_range", $"rate_limit must be from 1 to {MaxRateLimit}, or 0 for the default."));
        }

        return errors;
    }

    // Two merchants onboarded at once may share a slot; that only matters for how evenly load spreads.
    private async Task<Slot> LeastUsedSlotAsync(CancellationToken ct)
    {
        var used = new long[Slot.Count];
        foreach (var shard in shards.All)
        {
            foreach (var (slot, merchants) in await MerchantSql.CountBySlotAsync(shard.Source, ct))
            {
                used[slot] += merchants;
            }
        }

        return new Slot(Array.IndexOf(used, used.Min()));
    }
}
