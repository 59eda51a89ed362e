using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launching;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static class ProjectResourceBuilderExtensions
{
    /// <summary>
    /// A .NET project. Its endpoints come from <c>Kestrel:Endpoints</c> of its appsettings.json, else from its launch profile,
    /// and its environment from the launch profile, by Aspire's rules.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name) where TProject : IProjectMetadata, new()
    {
        var metadata = new TProject();
        var directory = Path.GetDirectoryName(metadata.ProjectPath)!;
        var assembly = Path.Combine(directory, "bin", ((Builder)builder).BuildConfiguration, "net10.0", Path.GetFileNameWithoutExtension(metadata.ProjectPath) + ".dll");
        var project = builder.AddResource(new ProjectResource(name))
            .WithAnnotation(metadata)
            .WithAnnotation(new ProjectLaunchAnnotation(directory, assembly));

        var profile = LaunchProfile.Of(directory, builder.Configuration["AppHost:DefaultLaunchProfileName"] ?? builder.Configuration["DOTNET_LAUNCH_PROFILE"]);
        var fromKestrel = AddKestrelEndpoints(project, directory);
        if (!fromKestrel)
            AddProfileEndpoints(project, profile);

        return project.WithEnvironment(context => SetDefaults(context.EnvironmentVariables, project, profile, fromKestrel));
    }

    private static bool AddKestrelEndpoints(IResourceBuilder<ProjectResource> project, string directory)
    {
        var environment = project.ApplicationBuilder.Environment.EnvironmentName;
        var settings = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(directory, "appsettings.json"), optional: true)
            .AddJsonFile(Path.Combine(directory, $"appsettings.{environment}.json"), optional: true)
            .Build();
        var endpoints = settings.GetSection("Kestrel:Endpoints").GetChildren()
            .Where(endpoint => endpoint["Url"] is not null)
            .Select(endpoint => (Name: endpoint.Key, Address: BindingAddress.Parse(endpoint["Url"]!), Http2: (endpoint["Protocols"] ?? settings["Kestrel:EndpointDefaults:Protocols"]) == "Http2"))
            .ToArray();

        // A scheme's only endpoint is named by the scheme; where a scheme has several, each has its key in the file.
        foreach (var group in endpoints.GroupBy(endpoint => endpoint.Address.Scheme))
        {
            foreach (var endpoint in group)
                AddEndpoint(project, group.Count() == 1 ? group.Key : endpoint.Name, endpoint.Address, endpoint.Http2);
        }
        return endpoints.Length > 0;
    }

    private static void AddProfileEndpoints(IResourceBuilder<ProjectResource> project, LaunchProfile? profile)
    {
        var addresses = (profile?.ApplicationUrl ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(BindingAddress.Parse);
        foreach (var group in addresses.GroupBy(address => address.Scheme))
        {
            foreach (var (index, address) in group.Index())
                AddEndpoint(project, index == 0 ? group.Key : $"{group.Key}{index + 1}", address, http2: false);
        }
    }

    private static void AddEndpoint(IResourceBuilder<ProjectResource> project, string name, BindingAddress address, bool http2) =>
        project.WithEndpoint(name, endpoint =>
        {
            endpoint.Port = address.Port;
            endpoint.UriScheme = address.Scheme;
            endpoint.TargetHost = address.Host;
            endpoint.Transport = http2 ? "http2" : "http";
        });

    private static void SetDefaults(Dictionary<string, object> variables, IResourceBuilder<ProjectResource> project, LaunchProfile? profile, bool fromKestrel)
    {
        var endpoints = project.Resource.Annotations.OfType<EndpointAnnotation>().Where(endpoint => endpoint.UriScheme is "http" or "https").ToArray();
        if (fromKestrel)
        {
            foreach (var endpoint in endpoints)
                variables.TryAdd($"Kestrel__Endpoints__{endpoint.Name}__Url", $"{endpoint.UriScheme}://{endpoint.TargetHost}:{endpoint.Port}");
        }
        else if (endpoints.Length > 0)
        {
            variables.TryAdd("ASPNETCORE_URLS", string.Join(';', endpoints.Select(endpoint => $"{endpoint.UriScheme}://{endpoint.TargetHost}:{endpoint.Port}")));
        }

        variables.TryAdd("LOGGING__CONSOLE__FORMATTERNAME", "simple");
        variables.TryAdd("OTEL_SERVICE_NAME", project.Resource.Name);
        variables.TryAdd("OTEL_RESOURCE_ATTRIBUTES", $"service.instance.id={project.Resource.Name}");
        variables.TryAdd("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "in_memory");
        if (project.ApplicationBuilder.Environment.IsDevelopment())
        {
            variables.TryAdd("OTEL_BSP_SCHEDULE_DELAY", "1000");
            variables.TryAdd("OTEL_BLRP_SCHEDULE_DELAY", "1000");
            variables.TryAdd("OTEL_METRIC_EXPORT_INTERVAL", "1000");
            variables.TryAdd("OTEL_TRACES_SAMPLER", "always_on");
            variables.TryAdd("OTEL_METRICS_EXEMPLAR_FILTER", "trace_based");
        }

        if (profile is null)
            return;
        variables.TryAdd("DOTNET_LAUNCH_PROFILE", profile.Name);
        foreach (var (name, value) in profile.EnvironmentVariables)
            variables.TryAdd(name, System.Environment.ExpandEnvironmentVariables(value));
    }
}
