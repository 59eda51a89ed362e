using System.Diagnostics;

namespace PayFlow.Storage;

/// <summary>Traces, named <c>PayFlow.Storage</c>.</summary>
internal static class StorageTelemetry
{
    private static readonly ActivitySource Source = new("PayFlow.Storage");

    /// <summary>
    /// Begins the span <c>group commit</c>, with the number of items as <c>payflow.items</c>: in the trace of those who wait when it is one trace, else in a trace of its own that links to
    /// each of theirs. Null when nobody listens.
    /// </summary>
    public static Activity? StartCommit<T>(IReadOnlyCollection<T> waiting, Func<T, ActivityContext> trace)
    {
        if (!Source.HasListeners())
            return null;
        var asked = waiting.Select(trace).Where(context => context != default).Distinct().ToArray();
        var span = asked.DistinctBy(context => context.TraceId).Take(2).Count() < 2
            ? Source.StartActivity(ActivityKind.Internal, asked.FirstOrDefault(), name: "group commit")
            : Source.StartActivity(ActivityKind.Internal, default(ActivityContext), links: asked.Select(context => new ActivityLink(context)), name: "group commit");
        return span?.SetTag("payflow.items", waiting.Count);
    }
}
