using PayFlow.Contracts.Events.V1;

namespace PayFlow.Reconciler.Matching;

/// <summary>What is wrong with a line or an item, in words for people: the acquirer settles captures and takes refunds. Amounts are minor units.</summary>
internal static class Explanations
{
    /// <summary>Kind and explanation of the exception that a line makes; null when it makes none.</summary>
    /// <param name="record">What it was matched with, and what is settled of that with this line.</param>
    public static (string Kind, string Explanation)? Of(LineOutcome outcome, Record? record, ReportLine line)
    {
        var (amount, settles) = (Math.Abs(line.Amount), line.Amount < 0 ? "takes" : "settles");
        return outcome switch
        {
            LineOutcome.Settles => null,
            LineOutcome.SettlesShort => (
                "amount_mismatch", $"Line {line.LineNumber} {settles} {amount} of {Math.Abs(record!.Expected)}: {Math.Abs(record.Expected - record.Settled)} are still missing."),
            LineOutcome.SettlesOver => (
                "amount_mismatch", $"Line {line.LineNumber} {settles} {amount}, more than the item's {Math.Abs(record!.Expected)}: the rest is in suspense."),
            LineOutcome.Duplicate => ("duplicate", $"Line {line.LineNumber} {settles} {amount} again: the item was already {Done(record!)}; the money is in suspense."),
            LineOutcome.Opposite => (
                "amount_mismatch", $"Line {line.LineNumber} {settles} {amount} for a {Name(record!)} of {Math.Abs(record!.Expected)}, the wrong way round: the money is in suspense."),
            LineOutcome.Rejected when record is { State: RecordState.Returned } => null,   // as it should be
            LineOutcome.Rejected => ("rejected", $"The acquirer rejected line {line.LineNumber}."),
            _ => ("missing_here", $"Line {line.LineNumber} {settles} {amount} for '{line.ExternalId}', which nobody here submitted: the money is in suspense."),
        };
    }

    public static string Missing(Record record) =>
        record.Kind == RecordKind.Refund
            ? "The acquirer's report is complete and doesn't name this refund: the acquirer hasn't taken its money."
            : "The acquirer's report is complete and doesn't name this item.";

    private static string Name(Record record) => record.Kind == RecordKind.Refund ? "refund" : "capture";

    private static string Done(Record record) => record.State == RecordState.Returned ? "returned" : record.Kind == RecordKind.Refund ? "taken" : "paid";
}
