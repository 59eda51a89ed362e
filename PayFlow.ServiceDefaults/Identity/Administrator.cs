using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace PayFlow.ServiceDefaults.Identity;

/// <summary>
/// The administrator whose key the gateway authenticated. An endpoint takes it as a parameter; under <c>/admin</c> it is always there, because requests without a valid
/// identity don't get that far.
/// </summary>
/// <param name="Name">As configured with the key.</param>
public sealed record Administrator(string Name)
{
    /// <summary>As the audit trail names it.</summary>
    public string Actor => $"administrator:{Name}";

    /// <summary>Binds the parameter of an endpoint.</summary>
    public static ValueTask<Administrator?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(context.Features.Get<Administrator>());
    }
}
