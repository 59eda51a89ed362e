using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using PayFlow.ServiceDefaults.Correlation;

namespace PayFlow.ServiceDefaults.Telemetry;

/// <summary>
/// One line per message, for eyes and for grep: time in UTC, level, category, message, correlation id. <c>Logging:Console:FormatterName=json</c> chooses
/// the framework's JSON instead.
/// </summary>
internal sealed class ConsoleLines(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "lines";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        ArgumentNullException.ThrowIfNull(textWriter);
        textWriter.Write(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
        textWriter.Write(Level(logEntry.LogLevel));
        textWriter.Write(Short(logEntry.Category));
        textWriter.Write(": ");
        textWriter.Write(OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception)));
        if (CorrelationId.Current is { } id)
        {
            textWriter.Write(" request=");
            textWriter.Write(id);
        }

        if (Activity.Current is { } activity && logEntry.LogLevel >= LogLevel.Warning)
        {
            textWriter.Write(" trace=");
            textWriter.Write(activity.TraceId.ToHexString());
        }

        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(" | ");
            textWriter.Write(OneLine(exception.ToString()));
        }

        textWriter.Write('\n');
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => " trace ",
        LogLevel.Debug => " debug ",
        LogLevel.Information => " info  ",
        LogLevel.Warning => " WARN  ",
        LogLevel.Error => " ERROR ",
        LogLevel.Critical => " FATAL ",
        _ => " ",
    };

    private static string Short(string category) => category[(category.LastIndexOf('.') + 1)..];

    private static string OneLine(string text) => text.ReplaceLineEndings(" ⏎ ");
}
