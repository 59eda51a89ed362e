using Microsoft.Extensions.Options;

namespace PayFlow.Ledger.Continuity;

/// <summary>Compares all the time. Several processes may run: one compares, the others read what came of it.</summary>
internal sealed partial class ContinuityWorker(CheckContinuity check, IOptions<ContinuityOptions> options, TimeProvider time, ILogger<ContinuityWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await check.RunAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Payments and ledger could not be compared; the next round comes soon: {Reason}")]
    private partial void LogFailed(string reason);
}
