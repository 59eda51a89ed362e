namespace PayFlow.ArchitectureTests;

/// <summary>Every rule holds for the tree, and every rule sees its planted violation.</summary>
public sealed class RulesTests
{
    [Fact]
    public void ServicesKeepApart_Tree_Holds() => Assert.Empty(Rules.ServicesKeepApart(SourceTree.Repository));

    [Fact]
    public void ServicesKeepApart_ReferenceToAnotherService_IsFound() => Assert.Single(Rules.ServicesKeepApart(SourceTree.Of(
        "services/Auth/PayFlow.Auth.csproj", """<ProjectReference Include="../Ledger/PayFlow.Ledger.csproj" />""")));

    [Fact]
    public void SqlHasItsPlace_Tree_Holds() => Assert.Empty(Rules.SqlHasItsPlace(SourceTree.Repository));

    [Fact]
    public void SqlHasItsPlace_SqlInAnEndpoint_IsFound() => Assert.Single(Rules.SqlHasItsPlace(SourceTree.Of(
        "services/Auth/Payments/GetPayment.cs", "var sql = \"SELECT id FROM payments\";")));

    [Fact]
    public void MoneyIsNeverFloatingPoint_Tree_Holds() => Assert.Empty(Rules.MoneyIsNeverFloatingPoint(SourceTree.Repository));

    [Fact]
    public void MoneyIsNeverFloatingPoint_DoubleFee_IsFound() => Assert.Single(Rules.MoneyIsNeverFloatingPoint(SourceTree.Of(
        "services/Auth/Pricing.cs", "public double MonthlyFee { get; }")));

    [Fact]
    public void NoCatchIsEmpty_Tree_Holds() => Assert.Empty(Rules.NoCatchIsEmpty(SourceTree.Repository));

    [Fact]
    public void NoCatchIsEmpty_SwallowedException_IsFound() => Assert.Single(Rules.NoCatchIsEmpty(SourceTree.Of(
        "services/Auth/Sweep.cs", "try { Sweep(); } catch (Exception) { /* later */ }")));

    [Fact]
    public void SchemaGoesUpAndDown_Tree_Holds() => Assert.Empty(Rules.SchemaGoesUpAndDown(SourceTree.Repository));

    [Fact]
    public void SchemaGoesUpAndDown_NoWayDown_IsFound() => Assert.Single(Rules.SchemaGoesUpAndDown(SourceTree.Of("services/Auth/Schema/0001_a.up.sql", "")));

    [Fact]
    public void CrashPointsAreNamedOnce_Tree_Holds() => Assert.Empty(Rules.CrashPointsAreNamedOnce(SourceTree.Repository));

    [Theory]
    [InlineData("CrashPoint.Hit(name);")]
    [InlineData("CrashPoint.Hit(\"auth.a.b\"); CrashPoint.Hit(\"auth.a.b\");")]
    public void CrashPointsAreNamedOnce_VariableOrTwice_IsFound(string text) => Assert.Single(Rules.CrashPointsAreNamedOnce(SourceTree.Of("services/Auth/A.cs", text)));

    [Fact]
    public void ProgramsAreShort_Tree_Holds() => Assert.Empty(Rules.ProgramsAreShort(SourceTree.Repository));

    [Fact]
    public void ProgramsAreShort_LongProgram_IsFound() => Assert.Single(Rules.ProgramsAreShort(SourceTree.Of("services/Auth/Program.cs", new string('\n', 40))));

    [Fact]
    public void EveryPublicCallHasAScope_Tree_Holds() => Assert.Empty(Rules.EveryPublicCallHasAScope(SourceTree.Repository));

    [Fact]
    public void EveryPublicCallHasAScope_Tree_HasCallsOfEveryService() =>
        Assert.Equal(
            ["services/Auth", "services/Batch", "services/Ledger", "services/Reconciler"],
            Rules.EveryPublicCallHasAScope(new SourceTree(SourceTree.Repository.Files.Where(file => !file.Key.StartsWith("gateway/", StringComparison.Ordinal)).ToDictionary()))
                .Select(violation => string.Join('/', violation.Split('/').Take(2))).Distinct().Order());

    [Theory]
    [InlineData("""v1.MapPost("/payments/{id}/forget", Forget)""", "POST /v1/payments/{id}/forget")]
    [InlineData("""app.MapGet("/v1/secrets", Tell)""", "GET /v1/secrets")]
    [InlineData("""var keys = app.MapGroup("/v1/keys"); keys.MapDelete("{id}", Delete)""", "DELETE /v1/keys/{id}")]
    [InlineData("""group.MapGet("/things", Tell)""", "GET ?/things")]
    public void EveryPublicCallHasAScope_CallThatIsNotInTheTable_IsFound(string text, string call) =>
        Assert.Contains(call, Assert.Single(Rules.EveryPublicCallHasAScope(SourceTree.Of("services/Auth/AuthEndpoints.cs", text))), StringComparison.Ordinal);

    [Fact]
    public void NothingBannedIsCalled_Tree_Holds() => Assert.Empty(Rules.NothingBannedIsCalled(SourceTree.Repository));

    [Fact]
    public void NothingBannedIsCalled_MachineClock_IsFound() => Assert.Single(Rules.NothingBannedIsCalled(SourceTree.Of("services/Auth/A.cs", "var now = DateTime.UtcNow;")));

    [Fact]
    public void Repository_WasRead() => Assert.Contains("services/Shared/PayFlow.Kernel/Money.cs", SourceTree.Repository.Files.Keys);
}
