using System.Reflection;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Identity;

/// <summary>
/// Who asks: the merchant whose API key the gateway authenticated. An endpoint takes it as a parameter; under <c>/v1</c> it is always there,
/// because requests without a valid identity don't get that far.
/// </summary>
/// <param name="MerchantId">The merchant that the key belongs to.</param>
/// <param name="Mode">Test and live never see each other.</param>
/// <param name="Slot">The merchant's place among shards and partitions.</param>
/// <param name="KeyId">The key, for the audit trail.</param>
/// <param name="Scopes">What the key may do.</param>
public sealed record Caller(Id MerchantId, Mode Mode, Slot Slot, string KeyId, IReadOnlyList<string> Scopes)
{
    /// <summary>Binds the parameter of an endpoint.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(context.Features.Get<Caller>());
    }
}
