using System.Threading.Channels;
using Microsoft.Extensions.Options;
using PayFlow.Messaging;

namespace PayFlow.Auth.Execution;

/// <summary>
/// Brings payments from <c>payments.ingest</c> to the executor. The topic's offsets follow the hand-over, not the payments: a slow acquirer holds nothing up, and what
/// is handed over and lost with this process is found by the sweep, since the truth is the accepted row.
/// </summary>
public sealed class IngestConsumer(HandedOver handedOver) : IIngestConsumer
{
    public async Task HandOverAsync(IReadOnlyList<ReceivedEvent> events, CancellationToken ct)
    {
        foreach (var accepted in events)
        {
            await handedOver.Writer.WriteAsync(accepted.Aggregate, ct);   // waits when it is full, and the topic with it
        }
    }
}

/// <summary>Payments on their way from the topic to the workers; bounded.</summary>
public sealed class HandedOver(IOptions<ExecutorOptions> options)
{
    private readonly Channel<Id> channel = Channel.CreateBounded<Id>(new BoundedChannelOptions(options.Value.MaxHandedOver) { FullMode = BoundedChannelFullMode.Wait });

    public ChannelWriter<Id> Writer => channel.Writer;

    public ChannelReader<Id> Reader => channel.Reader;
}

/// <summary>Runs what was handed over, so many at a time.</summary>
public sealed partial class IngestWorkers(HandedOver handedOver, PaymentExecutor executor, IOptions<ExecutorOptions> options, ILogger<IngestWorkers> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Value.Workers).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken ct)
    {
        await foreach (var payment in handedOver.Reader.ReadAllAsync(ct))
        {
            try
            {
                if (await executor.Submit(payment, PaymentCommand.CarryOn()).End.WaitAsync(ct) is CommandEnd.Unknown)
                {
                    LogUnknown(payment);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                LogLeft(payment, failure.Message);   // the run has logged it; the sweep goes on
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Payment} is on the topic, and nobody asked for it: no row was ever accepted for it")]
    private partial void LogUnknown(Id payment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Payment} from the topic is left to the sweep: {Reason}")]
    private partial void LogLeft(Id payment, string reason);
}
