using PayFlow.Kernel;

namespace PayFlow.Reconciler.Matching;

/// <summary>What a record is of.</summary>
internal enum RecordKind
{
    Capture,
    Refund,
}

/// <summary>
/// One submitted item and what the acquirer has settled of it. Amounts are minor units, signed as they move the acquirer's deposit: below zero for a refund.
/// </summary>
internal sealed class Record
{
    public required Id ItemId { get; init; }

    public required RecordKind Kind { get; init; }

    public required Id BatchId { get; init; }

    public required Id PaymentId { get; init; }

    /// <summary>The capture or the refund.</summary>
    public required Id OperationId { get; init; }

    public required string ExternalId { get; init; }

    public required BatchFacts Facts { get; init; }

    public required long Expected { get; init; }

    public required long Fee { get; init; }

    public long Settled { get; set; }

    public RecordState State { get; set; }

    /// <summary>Sequence of the record's last event.</summary>
    public long Sequence { get; set; }

    public bool IsNew { get; init; }
}

/// <summary>What all items, lines and deposits of a batch share.</summary>
internal sealed record BatchFacts(Id BatchId, Id MerchantId, Mode Mode, string Acquirer, Currency Currency);

/// <summary>A line as it was matched. Amounts are minor units.</summary>
internal sealed record MatchedLine(
    Id BatchId, int Number, Record? Record, string ExternalId, long Amount, LineMatch Match, string Raw, string Topic, int Partition, long Offset)
{
    /// <summary>The deposit that paid it, once told.</summary>
    public int? Deposit { get; set; }
}

/// <summary>What one deposit paid. Amounts are minor units.</summary>
internal sealed record Deposit(Id BatchId, int Ordinal, long Gross, long Charge, Explained Explained, string Reference);

/// <summary>Something that people must look at. Amounts are minor units; time UTC.</summary>
internal sealed record NewException(Id Id, string Kind, BatchFacts Facts, Record? Record, long Expected, long Actual, string Explanation, DateTimeOffset OpenedAt);
