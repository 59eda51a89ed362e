using System.Net.Sockets;
using Npgsql;

namespace PayFlow.Storage;

/// <summary>Tells a database that is not well from data that it refuses.</summary>
public static class DatabaseFailure
{
    /// <summary>
    /// True when the same work may succeed later without a change to it: connection lost, server starting or stopping, time-out, out of resources,
    /// deadlock, and also a wrong deployment (missing table, missing right, wrong password), which says nothing about the data either.
    /// False when the data itself is refused (constraint, value out of range) and for everything that is no database's failure.
    /// After a failure that is no <see cref="PostgresException"/> the outcome of a COMMIT is unknown.
    /// </summary>
    public static bool IsInfrastructure(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState[..2] is "08" or "25" or "28" or "3D" or "3F" or "40" or "42" or "53" or "54" or "55" or "57" or "58" or "XX",
        NpgsqlException or TimeoutException or SocketException or IOException or OperationCanceledException => true,
        _ => failure.InnerException is { } inner && IsInfrastructure(inner),
    };

    /// <summary>True when the server does not answer at all, or not yet.</summary>
    public static bool IsAway(Exception failure) => failure switch
    {
        PostgresException refused => refused.SqlState[..2] is "08" or "57" or "3D",
        NpgsqlException or SocketException => true,
        _ => failure.InnerException is { } inner && IsAway(inner),
    };

    /// <summary>True when the database rolled back to break a deadlock: the same work again, at once, is right.</summary>
    public static bool IsDeadlock(Exception failure) => failure is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };
}
