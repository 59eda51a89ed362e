using PayFlow.Kernel;

namespace PayFlow.Batch.Batches;

internal static partial class BatchesLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Sealed {Batch}: {Items} items, {Amount} {Currency} (minor units), {Acquirer}, {Date}")]
    public static partial void Sealed(this ILogger log, Id batch, int items, long amount, string currency, string acquirer, DateOnly date);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Acquirer} accepted {Batch}")]
    public static partial void Accepted(this ILogger log, Id batch, string acquirer);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Batch} is {State}: {Lines} new lines, {Gross} (minor units) deposited")]
    public static partial void Reported(this ILogger log, Id batch, string state, int lines, long gross);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Batch} waits until {Next:O}: {Problem}")]
    public static partial void Waits(this ILogger log, Id batch, DateTimeOffset next, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "A step of {Batch} failed; it waits until {Next:O}")]
    public static partial void WaitsUnexpectedly(this ILogger log, Exception exception, Id batch, DateTimeOffset next);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Batch} failed and waits for people: {Problem}")]
    public static partial void Failed(this ILogger log, Id batch, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "Items of {Merchant} ({Acquirer}, {Currency}, {Date}) could not be sealed and stay open")]
    public static partial void NotSealed(this ILogger log, Exception problem, Guid merchant, string acquirer, string currency, DateOnly date);

    [LoggerMessage(Level = LogLevel.Error, Message = "The settlement worker failed and goes on")]
    public static partial void WorkerFailed(this ILogger log, Exception exception);
}
