using System.Diagnostics;
using PayFlow.Testing;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>What eng/show-feed shows, on either kind of feed: projects are only read, nothing is restored or built.</summary>
public sealed class FeedTests
{
    [Fact]
    public async Task CompleteFeed_EveryProject_GetsNoStandIn()
    {
        var (exitCode, output) = await ShowFeed("complete");

        Assert.True(exitCode == 0, output);
        Assert.Contains(" 0 references to stand-ins", output, StringComparison.Ordinal);
        Assert.Contains("PayFlow.Contracts: packages [Grpc.AspNetCore,", output, StringComparison.Ordinal);
    }

    /// <summary>The planted violation: the same look at a partial feed finds them.</summary>
    [Fact]
    public async Task PartialFeed_ProjectsThatNeedThem_GetStandIns()
    {
        var (exitCode, output) = await ShowFeed("partial");

        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain(" 0 references to stand-ins", output, StringComparison.Ordinal);
        Assert.Matches("PayFlow.Contracts: .* projects \\[Grpc.Core.Api, Grpc.Net.Common\\]", output);
    }

    [Fact]
    public async Task OtherFeed_IsRefusedInOneSentence()
    {
        var (exitCode, output) = await MSBuild("protos/PayFlow.Contracts.csproj", "-t:ResolvePackageAssets", "-p:PayFlowFeed=half");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("PayFlowFeed is 'half'; it can be complete or partial.", output, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> ShowFeed(string feed) => MSBuild("eng/show-feed.proj", $"-p:PayFlowFeed={feed}");

    private static async Task<(int ExitCode, string Output)> MSBuild(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", "-nologo", "-verbosity:minimal", "-nodeReuse:false", .. arguments])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // "dotnet test" leaves its own MSBuild's settings in the environment.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
