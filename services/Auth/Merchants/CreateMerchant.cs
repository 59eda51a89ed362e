using Microsoft.Extensions.Options;
using PayFlow.Auth.ApiKeys;
using PayFlow.Auth.Audits;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <param name="TimeZone">IANA name; UTC when empty.</param>
/// <param name="RateLimit">Requests per second; the default when 0.</param>
public sealed record CreateMerchantCommand(string Name, Mode Mode, string TimeZone, int RateLimit);

/// <param name="Secret">The first key; shown here and never again.</param>
public sealed record CreatedMerchant(Merchant Merchant, string Secret);

/// <summary>Makes a merchant in a slot with a first key, for services and for the seed of a development system.</summary>
public sealed class CreateMerchant(Shards shards, Slots slots, IOptions<MerchantOptions> options, TimeProvider time)
{
    private const string Actor = "service";
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
        var usual = MerchantSettings.Usual(command.Name, command.TimeZone.Length == 0 ? "UTC" : command.TimeZone, options.Value.Regions[0]);
        var settings = command.RateLimit == 0 ? usual : usual with { RateLimit = command.RateLimit };
        var merchant = new Merchant(Id.New(IdPrefix.Merchant, await slots.LeastUsedAsync(ct), now), settings, Version: 1, now, now);
        var key = ApiKey.Of(secret, merchant.Id, command.Mode, Scopes.All, now);
        await using var transaction = await shards.BeginAsync(merchant.Id.Slot, ct);
        await MerchantSql.InsertAsync(transaction, merchant, ct);
        await ApiKeySql.InsertAsync(transaction, key, ct);
        await Audit.WriteAsync(transaction, new AuditLine(now, Actor, "merchant.created", merchant.Id, merchant.Id, Before: null, MerchantView.Of(merchant)), ct);
        await Audit.WriteAsync(transaction, new AuditLine(now, Actor, "api_key.created", merchant.Id, key.Id, Before: null, ApiKeyView.Of(key, now)), ct);
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
}
