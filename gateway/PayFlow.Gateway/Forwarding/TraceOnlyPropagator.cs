using System.Diagnostics;

namespace PayFlow.Gateway.Forwarding;

/// <summary>Takes W3C trace context from clients, but no baggage: that would travel through every service and into every event.</summary>
internal sealed class TraceOnlyPropagator : DistributedContextPropagator
{
    private readonly DistributedContextPropagator _all = CreateDefaultPropagator();

    public override IReadOnlyCollection<string> Fields => _all.Fields;

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        _all.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => _all.Inject(activity, carrier, setter);
}
