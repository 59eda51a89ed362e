namespace PayFlow.Sandbox.Batches;

/// <summary>A settlement file that an acquirer accepted.</summary>
/// <param name="BatchKey">What the sender calls it; unique per acquirer.</param>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Amount">Σ of the items, minor units; refunds count below zero, so it may be anything.</param>
/// <param name="AcceptedAt">UTC.</param>
/// <param name="ReportAt">From when the report exists, UTC.</param>
public sealed record Batch(
    string Acquirer, string BatchKey, byte[] Digest, string Currency, int Items, long Amount, DateTimeOffset AcceptedAt, DateTimeOffset ReportAt);

public enum ReportLineStatus
{
    Settled,
    Rejected,
}

/// <summary>One line of a report.</summary>
/// <param name="Line">Position in the report, from 1.</param>
/// <param name="Deposit">The deposit that pays it: 1 is the report's, 2 that of the lines that come late.</param>
/// <param name="Amount">What is settled, or the amount of the item that was rejected; minor units, below zero for a refund.</param>
/// <param name="Charge">What the acquirer keeps of it, minor units; nothing of a refund.</param>
public sealed record ReportLine(int Line, int Deposit, string ItemId, string ExternalId, long Amount, long Charge, ReportLineStatus Status);
