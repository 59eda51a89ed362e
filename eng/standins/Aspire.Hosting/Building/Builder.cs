using System.Collections.ObjectModel;
using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launching;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

internal sealed class Builder : IDistributedApplicationBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly ResourceCollection _resources = [];

    public Builder(string[] args)
    {
        var assembly = Assembly.GetEntryAssembly() ?? throw new InvalidOperationException("An AppHost is a program of its own.");
        AppHostDirectory = assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(metadata => metadata.Key == "apphostprojectpath")?.Value
            ?? throw new InvalidOperationException($"{assembly.GetName().Name} was not built as an AppHost.");
        Secrets = UserSecrets.For(assembly);
        BuildConfiguration = assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

        _host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppHostDirectory });
        // Secrets are made and kept whatever the environment is, so they are read whatever it is. Arguments and environment still win.
        foreach (var secrets in new ConfigurationBuilder().AddUserSecrets(assembly, optional: true).Sources)
            _host.Configuration.Sources.Insert(0, secrets);
        _host.Logging.ClearProviders();

        ExecutionContext = new(_host.Configuration["operation"] == "publish" ? DistributedApplicationOperation.Publish : DistributedApplicationOperation.Run);
        Services.AddHealthChecks();
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton(_ => new LauncherPlan(_resources, Configuration, AppHostDirectory, ExecutionContext));
        Services.AddSingleton<LauncherConsole>();
        Services.AddSingleton<Launcher>();
        Services.AddHostedService(services => services.GetRequiredService<Launcher>());
        Services.Configure<HostOptions>(options => options.ShutdownTimeout = Launcher.ShutdownTimeout);
        Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
    }

    public ConfigurationManager Configuration => (ConfigurationManager)_host.Configuration;

    public string AppHostDirectory { get; }

    public IHostEnvironment Environment => _host.Environment;

    public IServiceCollection Services => _host.Services;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources => _resources;

    internal UserSecrets Secrets { get; }

    /// <summary>Debug or Release: projects run from the same kind of build as the AppHost itself.</summary>
    internal string BuildConfiguration { get; }

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (_resources.Any(other => other.Name.Equals(resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new InvalidOperationException($"There are two resources of the name '{resource.Name}'.");
        _resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        if (ExecutionContext.IsPublishMode)
            throw new LauncherException("Publishing needs Aspire's own packages, which this build was made without (PayFlowFeed=partial).");
        return new(_host.Build());
    }

    private sealed class ResourceCollection : Collection<IResource>, IResourceCollection;

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder applicationBuilder, T resource) : IResourceBuilder<T> where T : IResource
    {
        public IDistributedApplicationBuilder ApplicationBuilder { get; } = applicationBuilder;

        public T Resource { get; } = resource;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior) where TAnnotation : IResourceAnnotation
        {
            if (behavior == ResourceAnnotationMutationBehavior.Replace)
            {
                foreach (var old in Resource.Annotations.OfType<TAnnotation>().ToArray())
                    Resource.Annotations.Remove(old);
            }
            Resource.Annotations.Add(annotation);
            return this;
        }
    }
}
