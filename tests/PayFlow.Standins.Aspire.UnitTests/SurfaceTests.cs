using System.Reflection;

namespace PayFlow.Standins.Aspire.UnitTests;

/// <summary>
/// <c>Surface/*.txt</c> lists the public members of the genuine packages, version 13.5.2. On a complete feed this compares the list with the
/// packages, on a partial one with the stand-ins.
/// </summary>
public sealed class SurfaceTests
{
    public static TheoryData<string> Assemblies => ["Aspire.Npgsql", "Aspire.StackExchange.Redis", "Aspire.Confluent.Kafka"];

    [Theory, MemberData(nameof(Assemblies))]
    public void Surface_EveryListedMember_IsThere(string name)
    {
        Assert.Empty(Listed(name).Except(Actual(name)));
    }

    [Theory, MemberData(nameof(Assemblies))]
    public void StandIn_Members_AreAllListed(string name)
    {
        var assembly = Assembly.Load(name);
        if (!assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(attribute => attribute.Key == "PayFlow.StandIn"))
            return;   // a genuine package may have more than code here may use

        Assert.Empty(Actual(name).Except(Listed(name)));
    }

    [Fact]
    public void Surface_ChangedMembers_AreSeen()
    {
        var lines = PublicSurface.Of(typeof(Planted).Assembly).Where(line => line.Contains(nameof(Planted), StringComparison.Ordinal));

        Assert.Equal(
        [
            "PayFlow.Standins.Aspire.UnitTests.Planted: String Value { get; }",
            "PayFlow.Standins.Aspire.UnitTests.Planted: new(Int32 other)",
            "PayFlow.Standins.Aspire.UnitTests.Planted: static Void Add<T>(Action<T> configure = null)",
            "sealed class PayFlow.Standins.Aspire.UnitTests.Planted",
        ], lines);
    }

    private static IReadOnlyList<string> Actual(string name) => PublicSurface.Of(Assembly.Load(name));

    private static string[] Listed(string name) => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Surface", $"{name}.txt"));
}

/// <summary>Shows what the listing of a type looks like, and that a private setter is none.</summary>
public sealed class Planted(int other)
{
    public string Value { get; private set; } = $"{other}";

    public static void Add<T>(Action<T>? configure = null) => configure?.Invoke(default!);
}
