using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Events;

namespace PayFlow.Reconciler.Matching;

/// <summary>
/// Works through one poll of settlement events in memory, on records that are locked, and collects what is to be written and told. What it is given again
/// (a line, a deposit, an item that is already known) changes nothing.
/// </summary>
internal sealed class MatchBook(MatchState known)
{
    private const string SettledLate = "settled late";

    private readonly Dictionary<Id, Record> _records = known.Records.ToDictionary(record => record.ItemId);
    private readonly HashSet<(Id, int)> _lineKeys = [.. known.LineKeys];
    private readonly HashSet<(Id, int)> _depositKeys = [.. known.DepositKeys];
    private readonly Dictionary<Id, Explained> _unpaid = known.Unpaid.ToDictionary();
    private readonly List<OpenException> _open = [.. known.Open];
    private readonly HashSet<Record> _changed = [];

    public List<MatchedLine> Lines { get; } = [];

    public List<Deposit> Deposits { get; } = [];

    public List<NewException> Exceptions { get; } = [];

    /// <summary>Exceptions that settled themselves, and how.</summary>
    public List<(Id Exception, string Resolution, DateTimeOffset At)> Resolved { get; } = [];

    public List<OutboxEvent> Events { get; } = [];

    public IReadOnlyCollection<Record> Changed => _changed;

    public void Apply(ReceivedEvent received, SettlementEvent settlement)
    {
        var facts = new BatchFacts(
            Id.Parse(IdPrefix.Batch, settlement.BatchId), Id.Parse(IdPrefix.Merchant, settlement.MerchantId), (Mode)settlement.Mode, settlement.Acquirer,
            Currency.Parse(settlement.Currency));
        switch (settlement.DetailCase)
        {
            case SettlementEvent.DetailOneofCase.ItemSubmitted:
                Submit(facts, settlement.ItemSubmitted);
                break;
            case SettlementEvent.DetailOneofCase.ReportLine:
                Match(facts, received, settlement.ReportLine);
                break;
            case SettlementEvent.DetailOneofCase.ReportCompleted:
                Complete(facts, received, settlement.ReportCompleted);
                break;
            default:
                throw new PoisonEventException(received, $"A settlement event with the detail {settlement.DetailCase} is not known here.");
        }
    }

    private void Submit(BatchFacts facts, ItemSubmitted submitted)
    {
        var item = Id.Parse(IdPrefix.Item, submitted.ItemId);
        if (_records.ContainsKey(item))
        {
            return;
        }

        var record = new Record
        {
            ItemId = item,
            BatchId = facts.BatchId,
            Kind = submitted.Kind == ItemKind.Refund ? RecordKind.Refund : RecordKind.Capture,
            PaymentId = Id.Parse(IdPrefix.Payment, submitted.PaymentId),
            OperationId = Id.Parse(IdPrefix.Operation, submitted.OperationId),
            ExternalId = submitted.ExternalId,
            Facts = facts,
            Expected = submitted.Amount,
            Fee = submitted.Fee,
            IsNew = true,
        };
        _records.Add(item, record);
        _changed.Add(record);
    }

    private void Match(BatchFacts facts, ReceivedEvent received, ReportLine line)
    {
        if (!_lineKeys.Add((facts.BatchId, line.LineNumber)))
        {
            return;
        }

        var record = Find(facts, line);
        var settles = line.Status == ReportLineStatus.Settled;
        var match = record is null
            ? MatchRules.Unknown(line.Amount, settles)
            : MatchRules.Decide(record.State, record.Expected, record.Settled, line.Amount, settles);
        _unpaid[facts.BatchId] = _unpaid.GetValueOrDefault(facts.BatchId) + match.Explained;
        Lines.Add(new MatchedLine(facts.BatchId, line.LineNumber, record, line.ExternalId, line.Amount, match, line.Raw, received.Topic, received.Partition, received.Offset));
        if (record is not null)
        {
            Settle(record, match, line.LineNumber, received);
        }

        if (Explanations.Of(match.Outcome, record, line) is var (kind, explanation))
        {
            Open(facts, kind, $"line:{line.LineNumber}", record, record?.Expected ?? 0, settles ? line.Amount : 0, explanation, received);
        }
    }

    /// <summary>
    /// The item reference first; then the acquirer's own id with the amount. Only among what the batch itself submitted: a report that pays for something else
    /// is a matter for people, whatever it names.
    /// </summary>
    private Record? Find(BatchFacts facts, ReportLine line) =>
        Id.TryParse(IdPrefix.Item, line.ItemReference, out var item) && _records.TryGetValue(item, out var record) && record.Facts == facts
            ? record
            : _records.Values.FirstOrDefault(candidate => candidate.Facts == facts && candidate.ExternalId == line.ExternalId && candidate.Expected == line.Amount);

    private void Settle(Record record, LineMatch match, int lineNumber, ReceivedEvent received)
    {
        var isFirst = record.Settled == 0;
        record.Settled += match.Settled;
        record.State = MatchRules.StateOf(record.Expected, record.Settled, record.State, match.Outcome);
        _changed.Add(record);
        if (match.Settled == 0)
        {
            return;
        }

        TellSettled(record, match.Settled, fee: isFirst ? record.Fee : 0, lineNumber, received);
        foreach (var exception in _open.FindAll(open => open.ItemId == record.ItemId && MatchRules.Resolves(record.State, open.Kind, open.IsShortfall)))
        {
            _open.Remove(exception);
            Resolved.Add((exception.Id, SettledLate, received.OccurredAt));
            Tell(record, "payflow.reconciliation.exception_resolved.v1", received, told => told.ExceptionResolved = new ExceptionResolved
            {
                ExceptionId = exception.Id.ToString(),
                Resolution = SettledLate,
            });
        }
    }

    // A refund is told as something else than a capture, so that nobody who knows captures only takes it for one.
    private void TellSettled(Record record, long settled, long fee, int lineNumber, ReceivedEvent received)
    {
        if (record.Kind == RecordKind.Refund)
        {
            Tell(record, "payflow.reconciliation.refund_settled.v1", received, told => told.RefundSettled = new RefundSettled
            {
                ItemId = record.ItemId.ToString(),
                PaymentId = record.PaymentId.ToString(),
                RefundOperationId = record.OperationId.ToString(),
                Amount = -settled,
                Expected = -record.Expected,
                LineNumber = lineNumber,
            });
            return;
        }

        Tell(record, "payflow.reconciliation.item_settled.v1", received, told => told.ItemSettled = new ItemSettled
        {
            ItemId = record.ItemId.ToString(),
            PaymentId = record.PaymentId.ToString(),
            CaptureOperationId = record.OperationId.ToString(),
            Amount = settled,
            Expected = record.Expected,
            Fee = fee,
            LineNumber = lineNumber,
        });
    }

    private void Complete(BatchFacts facts, ReceivedEvent received, ReportCompleted completed)
    {
        if (!_depositKeys.Add((facts.BatchId, completed.Ordinal)))
        {
            return;
        }

        _unpaid.Remove(facts.BatchId, out var explained);
        if (explained.Gross != completed.Gross)
        {
            throw new PoisonEventException(received, $"Deposit {completed.Ordinal} pays {completed.Gross}, but the lines before it come to {explained.Gross}.");
        }

        Lines.FindAll(line => line.BatchId == facts.BatchId && line.Deposit is null).ForEach(line => line.Deposit = completed.Ordinal);
        var deposit = new Deposit(facts.BatchId, completed.Ordinal, completed.Gross, completed.Charge, explained, completed.DepositReference);
        Deposits.Add(deposit);
        Events.Add(Event(facts, facts.BatchId, completed.Ordinal, "payflow.reconciliation.deposit_reported.v1", received, told => told.DepositReported = new DepositReported
        {
            Gross = deposit.Gross,
            Charge = deposit.Charge,
            DepositReference = deposit.Reference,
            Unexplained = explained.Unexplained,
            Ordinal = completed.Ordinal,
        }));
        foreach (var record in _records.Values.Where(record => record.BatchId == facts.BatchId && record.State == RecordState.Expected))
        {
            record.State = RecordState.Missing;
            _changed.Add(record);
            Open(facts, "missing_there", $"item:{record.ItemId}", record, record.Expected, 0, Explanations.Missing(record), received);
        }
    }

    private void Open(BatchFacts facts, string kind, string label, Record? record, long expected, long actual, string explanation, ReceivedEvent received)
    {
        var id = facts.BatchId.Derive(IdPrefix.Exception, $"{kind}:{label}");
        Exceptions.Add(new NewException(id, kind, facts, record, expected, actual, explanation, received.OccurredAt));
        var opened = new ExceptionOpened
        {
            ExceptionId = id.ToString(),
            Kind = kind,
            ItemId = record?.ItemId.ToString() ?? "",
            PaymentId = record?.PaymentId.ToString() ?? "",
            Expected = expected,
            Actual = actual,
        };
        if (record is not null)
        {
            _open.Add(new OpenException(id, record.ItemId, kind, MatchRules.IsShortfall(expected, actual)));
            Tell(record, "payflow.reconciliation.exception_opened.v1", received, told => told.ExceptionOpened = opened);
        }
        else
        {
            Events.Add(Event(facts, id, 1, "payflow.reconciliation.exception_opened.v1", received, told => told.ExceptionOpened = opened));
        }
    }

    private void Tell(Record record, string type, ReceivedEvent received, Action<ReconciliationEvent> detail) =>
        Events.Add(Event(record.Facts, record.ItemId, ++record.Sequence, type, received, detail));

    private static OutboxEvent Event(BatchFacts facts, Id aggregate, long sequence, string type, ReceivedEvent received, Action<ReconciliationEvent> detail) =>
        ReconciliationEvents.Of(facts, aggregate, sequence, type, received.OccurredAt, detail) with { TraceParent = received.TraceParent };
}
