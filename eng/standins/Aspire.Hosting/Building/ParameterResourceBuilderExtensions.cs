using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launching;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    /// <summary>A parameter whose value is configuration's <c>Parameters:{name}</c>, else the default; kept in user secrets if asked.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, ParameterDefault value, bool secret = false, bool persist = false)
    {
        var key = $"Parameters:{name}";
        return builder.AddResource(new ParameterResource(name, Value, secret) { Default = value });

        string Value(ParameterDefault? fallback)
        {
            if (builder.Configuration[key] is { Length: > 0 } configured)
                return configured;
            var made = fallback!.GetDefaultValue();
            return persist ? ((Builder)builder).Secrets.GetOrAdd(key, made) : made;
        }
    }

    public static IResourceBuilder<ParameterResource> WithDescription(this IResourceBuilder<ParameterResource> builder, string description, bool enableMarkdown = false)
    {
        builder.Resource.Description = description;
        return builder;
    }
}
