using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace PayFlow.Standins.Launcher.IntegrationTests;

/// <summary>
/// What compiles against the launcher must compile against Aspire. aspire-13.5.2.txt holds the public surface of those types
/// of Aspire.Hosting 13.5.2 that the launcher has, taken from the API listing in its repository by <see cref="Surface"/>.
/// </summary>
public sealed class SurfaceTests
{
    [Fact]
    public void EveryPublicMember_IsAspiresToo() => Assert.Empty(Foreign(typeof(DistributedApplication).Assembly.GetExportedTypes()));

    [Fact]
    public void AMemberThatAspireLacks_IsFound()
    {
        var found = Foreign([typeof(NotInAspire)]);

        Assert.Contains(found, line => line.Contains("NotInAspire.WithMagic", StringComparison.Ordinal));
    }

    [Fact]
    public void AnExpression_TakesTextAndThingsWithAValue_AndNoNumber()
    {
        var holes = typeof(ReferenceExpression.ExpressionInterpolatedStringHandler).GetMethods().Where(method => method.Name == "AppendFormatted").ToArray();

        Assert.NotEmpty(holes);
        Assert.All(holes, hole => Assert.True(
            hole.GetParameters()[0].ParameterType == typeof(string) ||
            hole.GetGenericArguments().Single().GetGenericParameterConstraints().Contains(typeof(IValueProvider)), hole.ToString()));
    }

    private static List<string> Foreign(IEnumerable<Type> types)
    {
        using var listing = new StreamReader(typeof(SurfaceTests).Assembly.GetManifestResourceStream("PayFlow.Standins.Launcher.IntegrationTests.aspire-13.5.2.txt")!);
        var aspire = listing.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        return [.. Surface.Of(types).Where(line => !aspire.Contains(line))];
    }

    /// <summary>The planted violation.</summary>
    public static class NotInAspire
    {
        public static IResourceBuilder<T> WithMagic<T>(IResourceBuilder<T> builder) where T : IResource => builder;
    }
}
