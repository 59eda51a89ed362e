using Microsoft.Extensions.Logging;

namespace PayFlow.Topics;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Count} topics are there, {Partitions} partitions each")]
    public static partial void Ready(ILogger logger, int count, int partitions);

    [LoggerMessage(2, LogLevel.Information, "Creating {Count} topics of {Partitions} partitions")]
    public static partial void Creating(ILogger logger, int count, int partitions);

    [LoggerMessage(3, LogLevel.Information, "Somebody else created topics at the same moment")]
    public static partial void MadeByAnother(ILogger logger);

    [LoggerMessage(4, LogLevel.Debug, "Kafka client: {Message}")]
    public static partial void Client(ILogger logger, string message);

    [LoggerMessage(5, LogLevel.Error, "{Reason}")]
    public static partial void Refused(ILogger logger, string reason);
}
