using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Launching;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting
{
    public enum DistributedApplicationOperation
    {
        Run = 0,
        Publish = 1,
    }

    public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
    {
        public DistributedApplicationOperation Operation { get; } = operation;

        public bool IsRunMode => Operation == DistributedApplicationOperation.Run;

        public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;
    }

    public interface IDistributedApplicationBuilder
    {
        ConfigurationManager Configuration { get; }

        string AppHostDirectory { get; }

        IHostEnvironment Environment { get; }

        IServiceCollection Services { get; }

        DistributedApplicationExecutionContext ExecutionContext { get; }

        IResourceCollection Resources { get; }

        IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

        DistributedApplication Build();
    }

    public class DistributedApplication : IAsyncDisposable
    {
        private readonly IHost _host;

        internal DistributedApplication(IHost host) => _host = host;

        public IServiceProvider Services => _host.Services;

        public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new Builder(args);

        public void Run() => RunAsync().GetAwaiter().GetResult();

        /// <summary>Starts everything, and stops everything when asked to (Ctrl-C, SIGTERM, a closed terminal).</summary>
        public virtual async Task RunAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                await _host.RunAsync(cancellationToken);
            }
            catch (LauncherException refusal)
            {
                await Console.Error.WriteLineAsync(refusal.Message);
                Environment.ExitCode = 1;
            }
        }

        public virtual ValueTask DisposeAsync()
        {
            _host.Dispose();
            GC.SuppressFinalize(this);
            return ValueTask.CompletedTask;
        }
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    public interface IResourceCollection : IList<IResource>;

    public enum ResourceAnnotationMutationBehavior
    {
        Append = 0,
        Replace = 1,
    }

    public interface IResourceBuilder<out T> where T : IResource
    {
        IDistributedApplicationBuilder ApplicationBuilder { get; }

        T Resource { get; }

        IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation, ResourceAnnotationMutationBehavior behavior = ResourceAnnotationMutationBehavior.Append)
            where TAnnotation : IResourceAnnotation;
    }
}
