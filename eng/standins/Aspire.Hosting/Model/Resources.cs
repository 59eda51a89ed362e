using System.Collections.ObjectModel;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.ApplicationModel
{
    public interface IResource
    {
        string Name { get; }

        ResourceAnnotationCollection Annotations { get; }
    }

    public interface IResourceAnnotation;

    public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

    public interface IResourceWithEnvironment : IResource;

    public interface IResourceWithEndpoints : IResource;

    public interface IResourceWithWaitSupport : IResource;

    public interface IValueProvider
    {
        ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
    }

    public interface IManifestExpressionProvider
    {
        string ValueExpression { get; }
    }

    public interface IExpressionValue : IValueProvider, IManifestExpressionProvider;

    public interface IResourceWithConnectionString : IResource, IExpressionValue
    {
        ReferenceExpression ConnectionStringExpression { get; }

        string IManifestExpressionProvider.ValueExpression => $"{{{Name}.connectionString}}";

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => ConnectionStringExpression.GetValueAsync(cancellationToken);
    }

    public abstract class Resource : IResource
    {
        protected Resource(string name)
        {
            if (!ResourceName().IsMatch(name) || name.Length > 64)
                throw new ArgumentException($"'{name}' is no resource name: ASCII letters, digits and single hyphens, a letter first, 64 characters at most.", nameof(name));
            Name = name;
        }

        public virtual string Name { get; }

        public virtual ResourceAnnotationCollection Annotations { get; } = [];

        private static System.Text.RegularExpressions.Regex ResourceName() => new("^[A-Za-z]([A-Za-z0-9]|-(?=[A-Za-z0-9]))*$");
    }

    public class ProjectResource(string name) : Resource(name), IResourceWithEnvironment, IResourceWithServiceDiscovery, IResourceWithWaitSupport;

    public class ExecutableResource(string name, string command, string workingDirectory)
        : Resource(name), IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport
    {
        public string Command { get; } = command;

        public string WorkingDirectory { get; } = workingDirectory;
    }

    public class ParameterResource : Resource, IExpressionValue
    {
        private readonly Lazy<string> _value;

        public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : base(name)
        {
            Secret = secret;
            _value = new(() => callback(Default));
        }

        public ParameterDefault? Default { get; set; }

        public string? Description { get; set; }

        public bool Secret { get; }

        public string ValueExpression => $"{{{Name}.value}}";

        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(_value.Value);
    }
}

namespace Aspire.Hosting
{
    public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

    public interface IProjectMetadata : IResourceAnnotation
    {
        string ProjectPath { get; }
    }

    public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
        : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
    {
        public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
    }
}
