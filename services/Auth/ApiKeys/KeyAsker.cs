using PayFlow.Auth.Administrators;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.ApiKeys;

/// <summary>Who asks about a merchant's keys: the merchant, by one of them, or an administrator.</summary>
/// <param name="Actor">As the audit trail names it.</param>
/// <param name="Mode">The only mode whose keys it sees; null: both.</param>
/// <param name="MayGrant">The scopes that it may give to a key: nobody gives more than it has.</param>
/// <param name="KeyMode">In which mode its idempotency keys are.</param>
public sealed record KeyAsker(Id MerchantId, string Actor, Mode? Mode, IReadOnlyList<string> MayGrant, Mode KeyMode)
{
    public static KeyAsker Of(Caller caller) => new(caller.MerchantId, caller.KeyId, caller.Mode, caller.Scopes, caller.Mode);

    public static KeyAsker Of(Administrator administrator, Id merchant) =>
        new(merchant, administrator.Actor, Mode: null, Scopes.All, KeyName.OfAdministrators);

    /// <summary>Why it may not handle a key with these scopes; null when it may.</summary>
    public Refusal? WhyNot(IEnumerable<string> scopes) => scopes.Except(MayGrant).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } beyond
        ? new Refusal(RefusalKind.Forbidden, "insufficient_scope", $"A key can't be given more than the key that asks has. This one doesn't have: {string.Join(", ", beyond)}.")
        : null;
}
