using PayFlow.Storage.Migrations;
using Xunit;

namespace PayFlow.Storage.UnitTests.Migrations;

public sealed class SchemaScriptTests
{
    [Fact]
    public void Parse_ScriptsInAnyOrder_SortsThem()
    {
        var scripts = Parse("A.Schema.0002_b.down.sql", "A.Schema.0001_a.up.sql", "A.Schema.0002_b.up.sql", "A.Schema.0001_a.down.sql", "A.notes.txt");
        Assert.Equal(["0001_a", "0002_b"], scripts.Select(script => script.ToString()));
        Assert.Equal("A.Schema.0002_b.up.sql", scripts[1].Up);
        Assert.Equal("A.Schema.0002_b.down.sql", scripts[1].Down);
    }

    [Theory]
    [InlineData("0001_a is fine, 0002 is missing", "0001_a.up", "0001_a.down", "0003_c.up", "0003_c.down")]
    [InlineData("one number, two names", "0001_a.up", "0001_b.down")]
    [InlineData("no way back", "0001_a.up")]
    [InlineData("no way up", "0001_a.down")]
    public void Parse_IncompleteScripts_Refuses(string because, params string[] names)
    {
        var refused = Assert.Throws<SchemaException>(() => Parse([.. names.Select(name => $"A.Schema.{name}.sql")]));
        Assert.StartsWith("A: ", refused.Message, StringComparison.Ordinal);
        Assert.NotEmpty(because);
    }

    [Fact]
    public void Checksum_LineEndsOfWindows_IsTheSame() =>
        Assert.Equal(new SchemaScript(1, "a", "SELECT 1;\nSELECT 2;\n", "").Checksum, new SchemaScript(1, "a", "SELECT 1;\r\nSELECT 2;\r\n", "").Checksum);

    [Fact]
    public void Checksum_AnotherText_IsAnother() => Assert.NotEqual(new SchemaScript(1, "a", "SELECT 1", "").Checksum, new SchemaScript(1, "a", "SELECT 2", "").Checksum);

    [Fact]
    public void Embedded_OfStorageItself_IsThere() => Assert.Equal("0001_slots", SchemaScript.Embedded(typeof(Shards).Assembly)[0].ToString());

    private static IReadOnlyList<SchemaScript> Parse(params string[] names) => SchemaScript.Parse("A", names.Select(name => (name, (Func<string>)(() => name))));
}
