using System.Text.RegularExpressions;

namespace PayFlow.ArchitectureTests;

/// <summary>What holds for the whole tree. Each rule answers the places that break it.</summary>
internal static partial class Rules
{
    /// <summary>A service never references another's project: only protos and the shared libraries are between them.</summary>
    public static IEnumerable<string> ServicesKeepApart(SourceTree tree) =>
        from project in tree.Where("services/", ".csproj")
        where !project.Path.StartsWith("services/Shared/", StringComparison.Ordinal)
        let own = project.Path.Split('/')[1]
        from Match reference in ProjectReference().Matches(project.Text)
        let target = reference.Groups[1].Value.Replace('\\', '/')
        where !target.Contains("/Shared/", StringComparison.Ordinal) && !target.Contains("/protos/", StringComparison.Ordinal)
            && !target.Contains("/PayFlow.ServiceDefaults/", StringComparison.Ordinal) && !target.Contains($"/{own}/", StringComparison.Ordinal)
        select $"{project.Path} references {target}";

    /// <summary>SQL stands in *Sql.cs and Schema/*.sql only.</summary>
    public static IEnumerable<string> SqlHasItsPlace(SourceTree tree) =>
        from file in tree.Where("services/", ".cs").Concat(tree.Where("gateway/", ".cs")).Concat(tree.Where("PayFlow.ServiceDefaults/", ".cs"))
        where !file.Path.EndsWith("Sql.cs", StringComparison.Ordinal)
        from Match sql in Sql().Matches(WithoutComments(file.Text))
        select $"{file.Path}: {sql.Value}";

    /// <summary>Money is minor units in a long: nothing that carries an amount is floating point.</summary>
    public static IEnumerable<string> MoneyIsNeverFloatingPoint(SourceTree tree) =>
        from file in tree.Where("services/", ".cs").Concat(tree.Where("gateway/", ".cs")).Concat(tree.Where("eng/demo/", ".cs"))
        from Match floating in FloatingMoney().Matches(WithoutComments(file.Text))
        select $"{file.Path}: {floating.Value}";

    /// <summary>An exception is answered, handed on or logged; never swallowed.</summary>
    public static IEnumerable<string> NoCatchIsEmpty(SourceTree tree) =>
        from file in tree.Where("", ".cs")
        where !file.Path.StartsWith("tests/PayFlow.ArchitectureTests/", StringComparison.Ordinal)
        from Match empty in EmptyCatch().Matches(WithoutComments(file.Text))
        select $"{file.Path}: {empty.Value.ReplaceLineEndings(" ")}";

    /// <summary>What can go up can come down again.</summary>
    public static IEnumerable<string> SchemaGoesUpAndDown(SourceTree tree) =>
        from up in tree.Where("services/", ".up.sql")
        where !tree.Files.ContainsKey(up.Path.Replace(".up.sql", ".down.sql", StringComparison.Ordinal))
        select $"{up.Path} has no .down.sql";

    /// <summary>Crash points are literals, so that a test can list them, and each stands in one place.</summary>
    public static IEnumerable<string> CrashPointsAreNamedOnce(SourceTree tree)
    {
        var hits = (from file in tree.Where("services/", ".cs")
                    from Match hit in CrashPointHit().Matches(WithoutComments(file.Text))
                    select (file.Path, Argument: hit.Groups[1].Value)).ToList();
        return hits.Where(hit => !CrashPointName().IsMatch(hit.Argument)).Select(hit => $"{hit.Path}: {hit.Argument} is not a literal like \"auth.attempt.committed\"")
            .Concat(hits.GroupBy(hit => hit.Argument).Where(group => group.Count() > 1).Select(group => $"{group.Key} stands in {string.Join(" and ", group.Select(hit => hit.Path))}"));
    }

    /// <summary>A service's Program.cs is a page that only names its module.</summary>
    public static IEnumerable<string> ProgramsAreShort(SourceTree tree) =>
        from file in tree.Where("services/", "/Program.cs").Concat(tree.Where("gateway/", "/Program.cs"))
        let lines = file.Text.Split('\n').Length
        where lines > 31
        select $"{file.Path} has {lines} lines";

    /// <summary>What merchants can call is in the gateway's table, with the scope that it takes: nobody forgets one.</summary>
    public static IEnumerable<string> EveryPublicCallHasAScope(SourceTree tree)
    {
        var table = tree.Where("gateway/", "/PublicRoutes.cs")
            .SelectMany(file => PublicRoute().Matches(file.Text), (_, row) => (Service: row.Groups[3].Value, Method: row.Groups[1].Value, Path: row.Groups[2].Value)).ToHashSet();
        return from file in tree.Where("services/", ".cs")
               let service = file.Path.Split('/')[1]
               where service is not ("Shared" or "Sandbox")   // what all services have for operators; what plays the world outside
               from call in Calls(WithoutComments(file.Text))
               where !call.Path.StartsWith("/internal", StringComparison.Ordinal) && !table.Contains((service.ToLowerInvariant(), call.Method, call.Path))
               select $"{file.Path}: {call.Method} {call.Path} is not in the gateway's PublicRoutes, so it has no scope";
    }

    /// <summary>What a file maps. A group whose prefix can't be told is taken for a public one, and so complained about.</summary>
    private static IEnumerable<(string Method, string Path)> Calls(string text)
    {
        var groups = new Dictionary<string, string> { ["app"] = "", ["v1"] = "/v1", ["admin"] = "/admin/v1" };
        foreach (Match group in RouteGroup().Matches(text))
            groups[group.Groups[1].Value] = groups.GetValueOrDefault(group.Groups[2].Value, "?") + group.Groups[3].Value;
        return from Match call in MappedCall().Matches(text)
               let path = $"{groups.GetValueOrDefault(call.Groups[1].Value, "?")}/{call.Groups[3].Value.TrimStart('/')}"
               select (call.Groups[2].Value.ToUpperInvariant(), path.TrimEnd('/'));
    }

    /// <summary>Nothing runs on the machine's own clock or waits by blocking a thread (BannedSymbols.txt says it to the compiler; this says it to a compiler without the analyzer).</summary>
    public static IEnumerable<string> NothingBannedIsCalled(SourceTree tree) =>
        from file in tree.Where("services/", ".cs").Concat(tree.Where("gateway/", ".cs")).Concat(tree.Where("PayFlow.ServiceDefaults/", ".cs"))
        from Match banned in Banned().Matches(WithoutComments(file.Text))
        select $"{file.Path}: {banned.Value}";

    private static string WithoutComments(string text) => Comment().Replace(text, "");

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex ProjectReference();

    [GeneratedRegex(@"\b(SELECT\s[^;""]{1,200}\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b")]
    private static partial Regex Sql();

    [GeneratedRegex(@"\b(double|float|Double|Single)\??\s+\w*(amount|money|fee|balance|minor|debit|credit|gross|captured|settled|refunded|authorized|price)\w*", RegexOptions.IgnoreCase)]
    private static partial Regex FloatingMoney();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*(when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"CrashPoint\.Hit\(([^)]*)\)")]
    private static partial Regex CrashPointHit();

    [GeneratedRegex(@"^""[a-z]+(\.[a-z_]+){2}""$")]
    private static partial Regex CrashPointName();

    [GeneratedRegex(@"\b(DateTime|DateTimeOffset)\.(UtcNow|Now|Today)\b|\bGuid\.NewGuid\(|\bnew Random\(|\bThread\.Sleep\(")]
    private static partial Regex Banned();

    [GeneratedRegex("""new\("([A-Z]+)", "([^"]+)", "([a-z]+)", ("[a-z]+:[a-z]+"|Administrators|Payers)\)""")]
    private static partial Regex PublicRoute();

    [GeneratedRegex("""(\w+)\s*=\s*(\w+)\s*\.MapGroup\("([^"]*)"\)""")]
    private static partial Regex RouteGroup();

    [GeneratedRegex("""(\w+)\s*\.Map(Get|Post|Put|Patch|Delete)\(\s*"([^"]*)""" + "\"")]
    private static partial Regex MappedCall();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
