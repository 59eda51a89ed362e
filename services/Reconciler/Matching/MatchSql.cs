using Dapper;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Matching;

internal static class MatchSql
{
    static MatchSql() => DefaultTypeMap.MatchNamesWithUnderscores = true;   // column item_id, member ItemId

    private const string Records = """
        SELECT item_id, batch_id, payment_id, operation_id, merchant_id, mode, acquirer, currency, external_id, expected, fee, settled, state, sequence, kind
        FROM records
        WHERE item_id = ANY(@items) OR batch_id = ANY(@completed) OR (batch_id, external_id) IN (SELECT * FROM unnest(@lineBatches, @externals))
        ORDER BY item_id FOR UPDATE
        """;

    private const string Known = """
        SELECT batch_id, line_number FROM lines WHERE (batch_id, line_number) IN (SELECT * FROM unnest(@lineBatches, @lineNumbers));
        SELECT batch_id, ordinal FROM deposits WHERE batch_id = ANY(@completed);
        SELECT id, item_id, kind, expected, actual FROM exceptions WHERE state = 'open' AND item_id = ANY(@found);
        SELECT batch_id, sum(settled)::bigint, sum(unexplained)::bigint FROM lines WHERE deposit IS NULL AND batch_id = ANY(@completed) GROUP BY batch_id;
        """;

    /// <summary>Locks the records that these events touch, in order of their ids, and reads what was already done.</summary>
    public static async Task<MatchState> LockAsync(ShardTransaction transaction, List<SettlementEvent> events, CancellationToken cancel)
    {
        var lines = events.Where(settlement => settlement.DetailCase == SettlementEvent.DetailOneofCase.ReportLine).ToList();
        var completed = events.Where(settlement => settlement.DetailCase == SettlementEvent.DetailOneofCase.ReportCompleted).Select(Batch).Distinct().ToArray();
        var items = events.Select(ItemOf).Where(id => id is not null).Select(id => id!.Value.Value).Distinct().ToArray();
        var rows = (await transaction.Connection.QueryAsync<Row>(new CommandDefinition(
            Records,
            new
            {
                items,
                completed,
                lineBatches = lines.Select(Batch).ToArray(),
                externals = lines.Select(line => line.ReportLine.ExternalId).ToArray(),
            },
            transaction.Transaction, cancellationToken: cancel))).ToList();
        await using var known = await transaction.Connection.QueryMultipleAsync(new CommandDefinition(
            Known,
            new
            {
                completed,
                found = rows.Select(row => row.ItemId).ToArray(),
                lineBatches = lines.Select(Batch).ToArray(),
                lineNumbers = lines.Select(line => line.ReportLine.LineNumber).ToArray(),
            },
            transaction.Transaction, cancellationToken: cancel));
        return new MatchState(
            [.. rows.Select(row => row.ToRecord())],
            [.. (await known.ReadAsync<(Guid Batch, int Line)>()).Select(key => (BatchId(key.Batch), key.Line))],
            [.. (await known.ReadAsync<(Guid Batch, int Ordinal)>()).Select(key => (BatchId(key.Batch), key.Ordinal))],
            [.. (await known.ReadAsync<(Guid Id, Guid Item, string Kind, long Expected, long Actual)>()).Select(open => new OpenException(
                Id.From(IdPrefix.Exception, open.Id), Id.From(IdPrefix.Item, open.Item), open.Kind, MatchRules.IsShortfall(open.Expected, open.Actual)))],
            (await known.ReadAsync<(Guid Batch, long Settled, long Unexplained)>()).ToDictionary(sum => BatchId(sum.Batch), sum => new Explained(sum.Settled, sum.Unexplained)));
    }

    public static async Task SaveAsync(ShardTransaction transaction, MatchBook book, CancellationToken cancel)
    {
        await InsertRecordsAsync(transaction, [.. book.Changed.Where(record => record.IsNew)], cancel);
        await UpdateRecordsAsync(transaction, [.. book.Changed.Where(record => !record.IsNew).OrderBy(record => record.ItemId)], cancel);
        await InsertDepositsAsync(transaction, book.Deposits, cancel);   // before the new lines: those know their deposit
        await InsertLinesAsync(transaction, book.Lines, cancel);
        await InsertExceptionsAsync(transaction, book.Exceptions, cancel);
        await ResolveAsync(transaction, book, cancel);
    }

    private static Task InsertRecordsAsync(ShardTransaction transaction, List<Record> records, CancellationToken cancel) => ExecuteAsync(
        transaction, records.Count,
        """
        INSERT INTO records (item_id, slot, batch_id, payment_id, operation_id, merchant_id, mode, acquirer, currency, external_id, expected, fee, settled, state, sequence, kind)
        SELECT * FROM unnest(
            @items, @slots, @batches, @payments, @operations, @merchants, @modes, @acquirers, @currencies, @externals, @expected, @fees, @settled, @states, @sequences, @kinds)
        """,
        () => new
        {
            items = Array(records, record => record.ItemId.Value),
            slots = Array(records, record => record.ItemId.Slot.Number),
            batches = Array(records, record => record.BatchId.Value),
            payments = Array(records, record => record.PaymentId.Value),
            operations = Array(records, record => record.OperationId.Value),
            merchants = Array(records, record => record.Facts.MerchantId.Value),
            modes = Array(records, record => (short)record.Facts.Mode),
            acquirers = Array(records, record => record.Facts.Acquirer),
            currencies = Array(records, record => record.Facts.Currency.Code),
            externals = Array(records, record => record.ExternalId),
            expected = Array(records, record => record.Expected),
            fees = Array(records, record => record.Fee),
            settled = Array(records, record => record.Settled),
            states = Array(records, State),
            sequences = Array(records, record => record.Sequence),
            kinds = Array(records, record => Names.Of(record.Kind)),
        },
        cancel);

    private static Task UpdateRecordsAsync(ShardTransaction transaction, List<Record> records, CancellationToken cancel) => ExecuteAsync(
        transaction, records.Count,
        """
        UPDATE records r SET settled = u.settled, state = u.state, sequence = u.sequence
        FROM unnest(@items, @settled, @states, @sequences) AS u(item_id, settled, state, sequence) WHERE r.item_id = u.item_id
        """,
        () => new
        {
            items = Array(records, record => record.ItemId.Value),
            settled = Array(records, record => record.Settled),
            states = Array(records, State),
            sequences = Array(records, record => record.Sequence),
        },
        cancel);

    private static Task InsertLinesAsync(ShardTransaction transaction, List<MatchedLine> lines, CancellationToken cancel) => ExecuteAsync(
        transaction, lines.Count,
        """
        INSERT INTO lines (batch_id, line_number, item_id, external_id, amount, outcome, settled, unexplained, raw, topic, partition, "offset", deposit)
        SELECT * FROM unnest(@batches, @numbers, @items, @externals, @amounts, @outcomes, @settled, @unexplained, @raws, @topics, @partitions, @offsets, @deposits)
        """,
        () => new
        {
            batches = Array(lines, line => line.BatchId.Value),
            numbers = Array(lines, line => line.Number),
            items = Array(lines, line => line.Record?.ItemId.Value),
            externals = Array(lines, line => line.ExternalId),
            amounts = Array(lines, line => line.Amount),
            outcomes = Array(lines, line => Names.Of(line.Match.Outcome)),
            settled = Array(lines, line => line.Match.Settled),
            unexplained = Array(lines, line => line.Match.Unexplained),
            raws = Array(lines, line => line.Raw),
            topics = Array(lines, line => line.Topic),
            partitions = Array(lines, line => line.Partition),
            offsets = Array(lines, line => line.Offset),
            deposits = Array(lines, line => line.Deposit),
        },
        cancel);

    private static Task InsertDepositsAsync(ShardTransaction transaction, List<Deposit> deposits, CancellationToken cancel) => ExecuteAsync(
        transaction, deposits.Count,
        """
        INSERT INTO deposits (batch_id, ordinal, gross, charge, settled, unexplained, reference)
        SELECT * FROM unnest(@batches, @ordinals, @gross, @charges, @settled, @unexplained, @references);
        UPDATE lines l SET deposit = u.ordinal
        FROM (SELECT batch, min(ordinal) AS ordinal FROM unnest(@batches, @ordinals) AS d(batch, ordinal) GROUP BY batch) AS u
        WHERE l.batch_id = u.batch AND l.deposit IS NULL;
        """,
        () => new
        {
            batches = Array(deposits, deposit => deposit.BatchId.Value),
            ordinals = Array(deposits, deposit => deposit.Ordinal),
            gross = Array(deposits, deposit => deposit.Gross),
            charges = Array(deposits, deposit => deposit.Charge),
            settled = Array(deposits, deposit => deposit.Explained.Settled),
            unexplained = Array(deposits, deposit => deposit.Explained.Unexplained),
            references = Array(deposits, deposit => deposit.Reference),
        },
        cancel);

    private static Task InsertExceptionsAsync(ShardTransaction transaction, List<NewException> exceptions, CancellationToken cancel) => ExecuteAsync(
        transaction, exceptions.Count,
        """
        INSERT INTO exceptions (id, slot, kind, merchant_id, mode, acquirer, batch_id, item_id, payment_id, currency, expected, actual, explanation, opened_at)
        SELECT * FROM unnest(@ids, @slots, @kinds, @merchants, @modes, @acquirers, @batches, @items, @payments, @currencies, @expected, @actual, @explanations, @opened)
        ON CONFLICT (id) DO NOTHING
        """,
        () => new
        {
            ids = Array(exceptions, exception => exception.Id.Value),
            slots = Array(exceptions, exception => exception.Id.Slot.Number),
            kinds = Array(exceptions, exception => exception.Kind),
            merchants = Array(exceptions, exception => exception.Facts.MerchantId.Value),
            modes = Array(exceptions, exception => (short)exception.Facts.Mode),
            acquirers = Array(exceptions, exception => exception.Facts.Acquirer),
            batches = Array(exceptions, exception => exception.Facts.BatchId.Value),
            items = Array(exceptions, exception => exception.Record?.ItemId.Value),
            payments = Array(exceptions, exception => exception.Record?.PaymentId.Value),
            currencies = Array(exceptions, exception => exception.Facts.Currency.Code),
            expected = Array(exceptions, exception => exception.Expected),
            actual = Array(exceptions, exception => exception.Actual),
            explanations = Array(exceptions, exception => exception.Explanation),
            opened = Array(exceptions, exception => exception.OpenedAt.UtcDateTime),
        },
        cancel);

    private static Task ResolveAsync(ShardTransaction transaction, MatchBook book, CancellationToken cancel) => ExecuteAsync(
        transaction, book.Resolved.Count,
        """
        UPDATE exceptions e SET state = 'resolved', resolution = u.resolution, resolved_at = u.at
        FROM unnest(@ids, @resolutions, @at) AS u(id, resolution, at) WHERE e.id = u.id AND e.state = 'open'
        """,
        () => new
        {
            ids = Array(book.Resolved, resolved => resolved.Exception.Value),
            resolutions = Array(book.Resolved, resolved => resolved.Resolution),
            at = Array(book.Resolved, resolved => resolved.At.UtcDateTime),
        },
        cancel);

    private static async Task ExecuteAsync(ShardTransaction transaction, int count, string sql, Func<object> parameters, CancellationToken cancel)
    {
        if (count > 0)
        {
            await transaction.Connection.ExecuteAsync(new CommandDefinition(sql, parameters(), transaction.Transaction, cancellationToken: cancel));
        }
    }

    private static TValue[] Array<T, TValue>(List<T> source, Func<T, TValue> value) => [.. source.Select(value)];

    private static string State(Record record) => Names.Of(record.State);

    private static Guid Batch(SettlementEvent settlement) => Id.Parse(IdPrefix.Batch, settlement.BatchId).Value;

    private static Id BatchId(Guid value) => Id.From(IdPrefix.Batch, value);

    private static Id? ItemOf(SettlementEvent settlement)
    {
        var text = settlement.DetailCase switch
        {
            SettlementEvent.DetailOneofCase.ItemSubmitted => settlement.ItemSubmitted.ItemId,
            SettlementEvent.DetailOneofCase.ReportLine => settlement.ReportLine.ItemReference,
            _ => null,
        };
        return Id.TryParse(IdPrefix.Item, text, out var id) ? id : null;
    }

    private sealed record Row(
        Guid ItemId, Guid BatchId, Guid PaymentId, Guid OperationId, Guid MerchantId, short Mode, string Acquirer, string Currency, string ExternalId,
        long Expected, long Fee, long Settled, string State, long Sequence, string Kind)
    {
        public Record ToRecord()
        {
            var batch = MatchSql.BatchId(BatchId);
            return new Record
            {
                ItemId = Id.From(IdPrefix.Item, ItemId),
                BatchId = batch,
                PaymentId = Id.From(IdPrefix.Payment, PaymentId),
                Kind = System.Enum.Parse<RecordKind>(Kind, ignoreCase: true),
                OperationId = Id.From(IdPrefix.Operation, OperationId),
                ExternalId = ExternalId,
                Facts = new BatchFacts(batch, Id.From(IdPrefix.Merchant, MerchantId), (Mode)Mode, Acquirer, Kernel.Currency.Parse(Currency)),
                Expected = Expected,
                Fee = Fee,
                Settled = Settled,
                State = System.Enum.Parse<RecordState>(State, ignoreCase: true),
                Sequence = Sequence,
            };
        }
    }
}
