using System.Text;
using Microsoft.Extensions.Configuration;

/// <summary>What the map says several times, said once.</summary>
internal static class Extensions
{
    /// <summary>How far every port is shifted, so that several systems run side by side on one machine: `ports:offset`.</summary>
    public static int PortOffset(this IDistributedApplicationBuilder builder) => builder.Configuration.GetValue("ports:offset", 0);

    /// <summary>The port in use in place of the usual one.</summary>
    public static int Shifted(this IDistributedApplicationBuilder builder, int usualPort) => usualPort + builder.PortOffset();

    /// <summary>Where local servers keep their data, logs and process ids: `state`, relative to this project.</summary>
    public static string StateDirectory(this IDistributedApplicationBuilder builder) =>
        Path.GetFullPath(builder.Configuration["state"]!, builder.AppHostDirectory);

    /// <summary>Shifts the ports that the project's appsettings.json asks for.</summary>
    public static IResourceBuilder<ProjectResource> WithPortOffset(this IResourceBuilder<ProjectResource> project)
    {
        foreach (var endpoint in project.Resource.Annotations.OfType<EndpointAnnotation>())
            endpoint.Port += project.ApplicationBuilder.PortOffset();
        return project;
    }

    /// <summary>A POST to one of the project's /internal endpoints, as a button of the dashboard and as <c>eng/payflow run</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithOpsCommand(this IResourceBuilder<ProjectResource> project, string command, string path,
        string title, string icon, IResourceBuilder<ParameterResource> opsKey, string confirm) =>
        project.WithHttpCommand(path, title, endpointName: "http", commandName: command, commandOptions: new()
        {
            ConfirmationMessage = confirm,
            IconName = icon,
            IsHighlighted = true,
            PrepareRequest = async context => context.Request.Headers.Add("X-Ops-Key", await opsKey.Resource.GetValueAsync(context.CancellationToken)),
        });

    /// <summary>Changes how the Sandbox's acquirers behave: a request to its /chaos.</summary>
    public static IResourceBuilder<ProjectResource> WithChaosCommand(this IResourceBuilder<ProjectResource> sandbox, string command,
        string title, string icon, HttpMethod method, string? settings = null) =>
        sandbox.WithHttpCommand("/chaos", title, endpointName: "http", commandName: command, commandOptions: new()
        {
            IconName = icon,
            Method = method,
            PrepareRequest = context =>
            {
                context.Request.Content = settings is null ? null : new StringContent(settings, Encoding.UTF8, "application/json");
                return Task.CompletedTask;
            },
        });
}
