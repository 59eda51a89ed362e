using PayFlow.Kernel;
using PayFlow.Reconciler.Matching;

namespace PayFlow.Reconciler.Notices;

/// <summary>The item of the capture that a notice names: what was submitted of it, and what became of that. Amounts are minor units.</summary>
/// <param name="CaptureId">The operation that captured it.</param>
/// <param name="Sequence">Of the item's last event.</param>
internal sealed record NamedItem(Id ItemId, Id PaymentId, Id CaptureId, BatchFacts Facts, long Expected, long Settled, RecordState State, long Sequence);
