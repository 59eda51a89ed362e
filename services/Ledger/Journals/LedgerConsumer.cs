using Microsoft.Extensions.Options;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Journals;

/// <summary>
/// Posts what happened outside. All journals of a poll are one batch in one transaction. They are facts: never refused for a balance; one that is in the
/// books already is done; one that contradicts the books can never be posted and is a dead letter.
/// </summary>
internal sealed partial class LedgerConsumer(TransferStore store, IOptions<LedgerOptions> options, ILogger<LedgerConsumer> logger) : IEventConsumer
{
    public const string Name = "ledger";

    public static readonly IReadOnlyList<string> Consumed = [Topics.PaymentsEvents, Topics.ReconciliationEvents];

    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken ct)
    {
        var facts = events.Select(received => Read(received)).Where(fact => fact.MovesMoney).ToList();
        if (facts.Count == 0)
        {
            return;
        }

        List<(Fact Fact, IReadOnlyList<NewTransfer> Lines)> journals = [];   // as decided last, which is as applied
        var payments = facts.Where(fact => fact.Payment is not null).Select(fact => fact.Received.Aggregate).Distinct().ToList();
        var plan = new TransferPlan([], payments, books =>
        {
            var book = new PaymentBook(books);
            journals = facts.ConvertAll(fact => (fact, Lines(fact, book)));
            return [.. journals.SelectMany(journal => journal.Lines)];
        });

        var results = await store.ApplyAsync(transaction, plan, ct);
        Check(journals, results);
    }

    private static Fact Read(ReceivedEvent received) => Telling(received, () =>
    {
        if (received.Topic == Topics.ReconciliationEvents)
        {
            return new Fact(received, null, received.Read<ReconciliationEvent>(), MovesMoney: true);
        }

        var payment = received.Read<PaymentEvent>();
        return Id.Parse(IdPrefix.Payment, payment.PaymentId) == received.Aggregate
            ? new Fact(received, payment, null, PaymentJournals.MovesMoney(payment))
            : throw new FormatException($"An event of {received.Aggregate} tells of {payment.PaymentId}.");
    });

    private IReadOnlyList<NewTransfer> Lines(Fact fact, PaymentBook book) => Telling(fact.Received, () =>
        fact.Payment is { } payment ? PaymentJournals.Of(payment, book) : ReconciliationJournals.Of(fact.Reconciliation!, options.Value.DepositBank));

    private void Check(List<(Fact Fact, IReadOnlyList<NewTransfer> Lines)> journals, IReadOnlyList<TransferRefusal> results)
    {
        var next = 0;
        foreach (var (fact, lines) in journals)
        {
            if (lines.Count == 0 && fact.Payment is { DetailCase: PaymentEvent.DetailOneofCase.Voided or PaymentEvent.DetailOneofCase.Expired })
            {
                LogNothingToRelease(fact.Received.Type, fact.Received.Aggregate);
            }

            var wrong = lines.Zip(results.Skip(next)).Where(applied => !applied.Second.IsInTheBooks())
                .OrderBy(applied => applied.Second == TransferRefusal.LinkedChainFailed)   // the cause before its victims
                .ToList();
            if (wrong is [var (line, refusal), ..])
            {
                throw new PoisonEventException(fact.Received, $"Transfer {line.Id} ({line.Type}): {refusal.Code()}.");
            }

            next += lines.Count;
        }
    }

    /// <summary>What can't be read now can't be read later either.</summary>
    private static T Telling<T>(ReceivedEvent received, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException unreadable)
        {
            throw new PoisonEventException(received, unreadable.Message, unreadable);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Type} of {Payment}: there is no open hold to release")]
    private partial void LogNothingToRelease(string type, Id payment);

    private sealed record Fact(ReceivedEvent Received, PaymentEvent? Payment, ReconciliationEvent? Reconciliation, bool MovesMoney);
}
