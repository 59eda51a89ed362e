using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Disputes;
using PayFlow.Reconciler.Returns;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Notices;

/// <summary>
/// Writes down what acquirers tell, and takes what was written down into the books. Reading and taking are apart: a notice that can't be taken yet holds up nobody, and is never passed over.
/// </summary>
internal sealed partial class NoticeDesk(
    Shards shards, NoticeFeeds feeds, TakeDispute disputes, TakeReturn returns, OutboxSignal outbox, NoticeTelemetry telemetry, IOptions<NoticeOptions> options, TimeProvider time, ILogger<NoticeDesk> log)
{
    private const string ExplainedLater = "explained later";

    private static readonly Slot NobodysSlot = default;

    // Notices and cursors are nobody's in particular: they are kept on the first shard.
    private Shard Home => shards.All[0];

    /// <summary>Writes down what an acquirer's feed has beyond what was read.</summary>
    public async Task ReadAsync(string acquirer, CancellationToken ct)
    {
        NoticePage page;
        do
        {
            var readTo = await NoticeSql.ReadToAsync(Home.Source, acquirer, ct);
            page = await feeds.ReadAsync(acquirer, readTo, options.Value.Page, ct);
            if (page.Notices.Count == 0)
            {
                return;
            }

            await using var transaction = await Home.BeginAsync(ct);
            await NoticeSql.StoreAsync(transaction, acquirer, page.Notices, time.GetUtcNow(), ct);
            CrashPoint.Hit("reconciler.notices.written");
            await transaction.CommitAsync(ct);
            LogRead(acquirer, page.Notices[0].Sequence, page.Notices[^1].Sequence);
        }
        while (page.HasMore);
    }

    /// <summary>Tries what waits and is due, in the order of the feed.</summary>
    public async Task TakeAsync(string acquirer, CancellationToken ct)
    {
        foreach (var waiting in await NoticeSql.DueAsync(Home.Source, acquirer, time.GetUtcNow(), options.Value.Page, ct))
        {
            var outcome = await TryAsync(waiting.Notice, ct);
            await NoteAsync(waiting, outcome, ct);
            telemetry.Tried(waiting.Notice, outcome.End);
        }

        telemetry.Waiting(acquirer, await NoticeSql.CountWaitingAsync(Home.Source, acquirer, ct));
    }

    // Whatever it is, it is this notice's: the others go on, and this one is tried again.
    private async Task<NoticeOutcome> TryAsync(Notice notice, CancellationToken ct)
    {
        try
        {
            return notice.Type switch
            {
                TakeDispute.OpenedType => await disputes.OpenAsync(notice, ct),
                TakeDispute.ClosedType => await disputes.CloseAsync(notice, ct),
                TakeReturn.ReturnedType => await returns.ApplyAsync(notice, ct),
                _ => NoticeOutcome.Waits($"This version knows no notice '{notice.Type}'."),
            };
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            LogFailed(failure, notice);
            return NoticeOutcome.Waits(failure.Message);
        }
    }

    private async Task NoteAsync(WaitingNotice waiting, NoticeOutcome outcome, CancellationToken ct)
    {
        var (notice, now) = (waiting.Notice, time.GetUtcNow());
        var isOverdue = outcome.End == NoticeEnd.Waits && now - waiting.ReceivedAt >= options.Value.ExplainWithin;
        Id? opens = waiting.ExceptionId is null && (isOverdue || outcome.End == NoticeEnd.Refused) ? Id.New(IdPrefix.Exception, NobodysSlot, now) : null;
        await using var transaction = await Home.BeginAsync(ct);
        if (opens is { } exception)
        {
            await OpenExceptionAsync(transaction, exception, notice, outcome.Reason!, now, ct);
        }

        if (!await NoticeSql.NoteAsync(transaction, notice, outcome, now + options.Value.PauseAfter(waiting.Tries + 1), opens, ct))
        {
            return;   // another process noted it: nothing of this is written
        }

        if (outcome.End == NoticeEnd.Applied && waiting.ExceptionId is { } explained && await NoticeSql.ResolveExceptionAsync(transaction, explained, ExplainedLater, now, ct))
        {
            await TellAsync(transaction, notice, explained, 2, "payflow.reconciliation.exception_resolved.v1", now, told => told.ExceptionResolved = new ExceptionResolved
            {
                ExceptionId = explained.ToString(),
                Resolution = ExplainedLater,
            }, ct);
        }

        await transaction.CommitAsync(ct);
        outbox.Wake();
        if (outcome.End == NoticeEnd.Applied)
            LogApplied(notice);
        else if (opens is { } opened)
            LogUnexplained(notice, opened, outcome.Reason!);
    }

    private static async Task OpenExceptionAsync(ShardTransaction transaction, Id exception, Notice notice, string reason, DateTimeOffset now, CancellationToken ct)
    {
        var amount = AmountOf(notice);
        await NoticeSql.OpenExceptionAsync(transaction, exception, notice, amount, $"Notice {notice.Sequence} of {notice.Acquirer} ({notice.Type}) is not in the books: {reason}", now, ct);
        await TellAsync(transaction, notice, exception, 1, "payflow.reconciliation.exception_opened.v1", now, told => told.ExceptionOpened = new ExceptionOpened
        {
            ExceptionId = exception.ToString(),
            Kind = "unexplained_notice",
            Actual = amount.MinorUnits,
        }, ct);
    }

    private static async Task TellAsync(
        ShardTransaction transaction, Notice notice, Id exception, long sequence, string type, DateTimeOffset now, Action<ReconciliationEvent> detail, CancellationToken ct)
    {
        var told = new ReconciliationEvent { Acquirer = notice.Acquirer, Currency = AmountOf(notice).Currency ?? "", OccurredAt = Timestamp.FromDateTimeOffset(now) };
        detail(told);
        await Outbox.AppendAsync(transaction, [new OutboxEvent(Topics.ReconciliationEvents, type, exception, sequence, told, now)], ct);
    }

    /// <summary>What an exception shows of it; nothing, where it can't be read.</summary>
    private static (long MinorUnits, string? Currency) AmountOf(Notice notice)
    {
        using var data = JsonDocument.Parse(notice.DataJson);
        var isObject = data.RootElement.ValueKind == JsonValueKind.Object;
        var amount = isObject && data.RootElement.TryGetProperty("amount", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var units) ? units : 0;
        var currency = isObject && data.RootElement.TryGetProperty("currency", out var code) && code.ValueKind == JsonValueKind.String
            && Currency.TryParse(code.GetString(), out var known) ? known.Code : null;
        return (amount, currency);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Acquirer}: notices {From} to {To} were read")]
    private partial void LogRead(string acquirer, long from, long to);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Notice} is in the books")]
    private partial void LogApplied(Notice notice);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Notice} can't be explained; exception {Exception}: {Reason}")]
    private partial void LogUnexplained(Notice notice, Id exception, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Notice} could not be tried; it is tried again")]
    private partial void LogFailed(Exception failure, Notice notice);
}
