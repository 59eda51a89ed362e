using System.Reflection;
using System.Runtime.Loader;
using System.Text;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>Published assemblies find everything they want in the neighbours that a partial feed lacks.</summary>
public sealed class LinkTests
{
    [Theory]
    [InlineData("Grpc.Net.Client", 500)]
    [InlineData("Grpc.AspNetCore.Server", 500)]
    [InlineData("Yarp.ReverseProxy", 500)]
    public void PublishedAssembly_AgainstItsNeighbours_LacksNothing(string name, int atLeast)
    {
        var assembly = Assembly.Load(name);

        var links = AssemblyLinks.Check(assembly, File.ReadAllBytes(assembly.Location), IsMissing);

        Assert.Empty(links.Broken);
        Assert.InRange(links.Checked, atLeast, int.MaxValue);
    }

    /// <summary>The planted violations: in a copy of the assembly one name is misspelled, and the check must say so.</summary>
    [Theory]
    [InlineData("get_DebugException", "get_DebugExceptioX", "member Grpc.Core.Status.get_DebugExceptioX")]
    [InlineData("CallCredentialsConfiguratorBase", "CallCredentialsConfiguratorBasX", "type Grpc.Core.CallCredentialsConfiguratorBasX")]
    [InlineData("GzipCompressionProvider", "GzipCompressionProvideX", "type Grpc.Net.Compression.GzipCompressionProvideX")]
    public void PublishedAssembly_WithAMisspelledName_IsFoundOut(string right, string wrong, string found)
    {
        var image = File.ReadAllBytes(Assembly.Load("Grpc.Net.Client").Location);
        Replace(image, right, wrong);
        var misspelled = new AssemblyLoadContext("misspelled", isCollectible: true).LoadFromStream(new MemoryStream(image));

        var links = AssemblyLinks.Check(misspelled, image, IsMissing);

        Assert.Contains(links.Broken, broken => broken.StartsWith(found, StringComparison.Ordinal));
        Assert.Contains(links.Broken, broken => broken.StartsWith("method ", StringComparison.Ordinal));
    }

    private static bool IsMissing(string assembly) => assembly is "Grpc.Core.Api" or "Grpc.Net.Common" or "System.IO.Hashing";

    private static void Replace(byte[] image, string right, string wrong)
    {
        Assert.Equal(right.Length, wrong.Length);
        var at = image.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\0{right}\0")) + 1;
        Assert.True(at > 0, $"{right} is not in the assembly");
        Encoding.UTF8.GetBytes(wrong).CopyTo(image.AsSpan(at));
    }
}
