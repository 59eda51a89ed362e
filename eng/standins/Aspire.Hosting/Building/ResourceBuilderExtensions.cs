using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static class ResourceBuilderExtensions
{
    // Environment

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[name] = value ?? "");

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, in ReferenceExpression.ExpressionInterpolatedStringHandler value) where T : IResourceWithEnvironment
    {
        var expression = ReferenceExpression.Create(value);
        return builder.WithEnvironment(context => context.EnvironmentVariables[name] = expression);
    }

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[name] = parameter.Resource);

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback) where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentCallbackAnnotation(context =>
        {
            callback(context);
            return Task.CompletedTask;
        }));

    // References

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false) where TDestination : IResourceWithEnvironment =>
        builder.WithEnvironment(context => context.EnvironmentVariables[$"ConnectionStrings__{connectionName ?? source.Resource.Name}"] = source.Resource);

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source) where TDestination : IResourceWithEnvironment =>
        builder.WithEnvironment(context =>
        {
            var service = source.Resource;
            Dictionary<string, int> count = [];
            foreach (var endpoint in service.Annotations.OfType<EndpointAnnotation>())
            {
                var reference = new EndpointReference(service, endpoint.Name);
                var key = endpoint.Name is "http" or "https" ? endpoint.UriScheme : endpoint.Name;
                var index = count.GetValueOrDefault(key);
                count[key] = index + 1;
                context.EnvironmentVariables[$"services__{service.Name}__{key}__{index}"] = reference;
                context.EnvironmentVariables[$"{EnvironmentName(service.Name)}_{EnvironmentName(endpoint.Name)}"] = reference;
            }
        });

    private static string EnvironmentName(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToUpperInvariant(letter) : '_'));

    // Endpoints

    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null, string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null) where T : IResourceWithEndpoints
    {
        // The rules under which Aspire, with its proxy, refuses at start.
        if (isProxied == false && port is not null && targetPort is not null && port != targetPort)
            throw new InvalidOperationException($"Endpoint '{name ?? scheme}' of {builder.Resource.Name} has no proxy: port and target port must be the same.");
        if (isProxied != false && port is not null && port == targetPort)
            throw new InvalidOperationException($"Endpoint '{name ?? scheme}' of {builder.Resource.Name}: a proxy and its process can't listen on the same port; say isProxied: false.");
        if (env is not null)
            throw new NotSupportedException("This launcher sets no environment variable for an endpoint.");

        return builder.WithAnnotation(new EndpointAnnotation(protocol ?? ProtocolType.Tcp, scheme, name: name, port: port ?? targetPort,
            targetPort: targetPort, isExternal: isExternal, isProxied: isProxied));
    }

    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<EndpointAnnotation> callback, bool createIfNotExists = true) where T : IResourceWithEndpoints
    {
        var endpoint = builder.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(other => other.Name.Equals(endpointName, StringComparison.OrdinalIgnoreCase));
        if (endpoint is null && !createIfNotExists)
            return builder;
        if (endpoint is null)
            builder.WithAnnotation(endpoint = new EndpointAnnotation(ProtocolType.Tcp, name: endpointName));
        callback(endpoint);
        return builder;
    }

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme is "http" or "https"))
            endpoint.IsExternal = true;
        return builder;
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);

    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback) where T : IResource =>
        builder.WithAnnotation(new EndpointUrlAnnotation(endpointName, (urls, _) =>
        {
            foreach (var url in urls.Where(url => url.Endpoint?.EndpointName == endpointName))
                callback(url);
        }));

    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback) where T : IResourceWithEndpoints =>
        builder.WithAnnotation(new EndpointUrlAnnotation(endpointName, (urls, endpoint) =>
        {
            var url = callback(endpoint);
            if (url.Url.StartsWith('/'))
                url.Url = endpoint.Url + url.Url;
            urls.Add(url);
        }));

    // Waiting and health

    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport =>
        builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilHealthy));

    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0) where T : IResourceWithWaitSupport =>
        builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitForCompletion, exitCode));

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key) where T : IResource
    {
        if (builder.Resource.Annotations.OfType<HealthCheckAnnotation>().Any(other => other.Key == key))
            throw new InvalidOperationException($"{builder.Resource.Name} has the health check '{key}' already.");
        return builder.WithAnnotation(new HealthCheckAnnotation(key));
    }

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null) where T : IResourceWithEndpoints
    {
        var resource = builder.Resource;
        var endpoint = HttpEndpoint(resource, endpointName);
        var key = $"{resource.Name}_{endpoint.EndpointName}_{path}_{statusCode ?? 200}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(key, _ => new HttpHealthCheck(endpoint, path ?? "/", statusCode ?? 200), null, null));
        return builder.WithHealthCheck(key);
    }

    /// <summary>The named endpoint, else the one named https, else http; it must exist by now, as in Aspire.</summary>
    private static EndpointReference HttpEndpoint(IResourceWithEndpoints resource, string? endpointName)
    {
        foreach (var name in endpointName is null ? (string[])["https", "http"] : [endpointName])
        {
            var endpoint = new EndpointReference(resource, name);
            if (endpoint.Exists)
                return endpoint;
        }
        throw new InvalidOperationException($"{resource.Name} has no endpoint '{endpointName ?? "http"}'.");
    }

    // What a dashboard shows; a terminal shows the commands' names only.

    public static IResourceBuilder<T> WithIconName<T>(this IResourceBuilder<T> builder, string iconName, IconVariant iconVariant = IconVariant.Filled) where T : IResource =>
        builder;

    /// <summary>An HTTP request to the resource, sent on demand: <c>eng/payflow run RESOURCE COMMAND</c>.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(this IResourceBuilder<TResource> builder, string path, string displayName, string? endpointName = null, string? commandName = null, HttpCommandOptions? commandOptions = null) where TResource : IResourceWithEndpoints =>
        builder.WithAnnotation(new HttpCommandAnnotation(commandName ?? displayName, displayName, path, HttpEndpoint(builder.Resource, endpointName), commandOptions ?? new()));
}
