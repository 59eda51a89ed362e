using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace PayFlow.Storage.UnitTests;

public sealed class DatabaseFailureTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.UniqueViolation, false)]
    [InlineData(PostgresErrorCodes.CheckViolation, false)]
    [InlineData(PostgresErrorCodes.NumericValueOutOfRange, false)]
    [InlineData(PostgresErrorCodes.RaiseException, false)]
    [InlineData("PF001", false)]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.QueryCanceled, true)]
    [InlineData(PostgresErrorCodes.TooManyConnections, true)]
    [InlineData(PostgresErrorCodes.DeadlockDetected, true)]
    [InlineData(PostgresErrorCodes.UndefinedTable, true)]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege, true)]
    [InlineData(PostgresErrorCodes.DiskFull, true)]
    public void IsInfrastructure_BySqlState_TellsTheDatabaseFromTheData(string sqlState, bool isInfrastructure) =>
        Assert.Equal(isInfrastructure, DatabaseFailure.IsInfrastructure(new PostgresException("", "ERROR", "ERROR", sqlState)));

    [Fact]
    public void IsInfrastructure_LostConnection_AlsoInsideAnother() =>
        Assert.True(DatabaseFailure.IsInfrastructure(new InvalidOperationException("outer", new NpgsqlException("lost", new SocketException()))));

    [Fact]
    public void IsInfrastructure_Bug_IsNot() => Assert.False(DatabaseFailure.IsInfrastructure(new InvalidOperationException("a bug")));
}
