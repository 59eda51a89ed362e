using System.Collections.Concurrent;
using PayFlow.Demo;
using PayFlow.Demo.Books;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Faults;

/// <summary>Merchants that keep paying, whatever happens meanwhile; what they were told is kept.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly ConcurrentBag<Acknowledged> _acknowledged = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _clients;

    public Load(PayFlowSystem system, int clients) => _clients = [.. Enumerable.Range(0, clients).Select(client => PayAsync(system, client))];

    public int Count => _acknowledged.Count;

    /// <summary>Lets what is running end, and answers everything that was acknowledged.</summary>
    public async Task<IReadOnlyCollection<Acknowledged>> StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
        return _acknowledged;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task PayAsync(PayFlowSystem system, int number)
    {
        using var client = system.Client(TimeSpan.FromMinutes(2));
        var run = Unique.Id();
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var token = await client.TokenizeAsync(i % 7 == 0 ? "4000000000009995" : TestCard.Fresh(), CancellationToken.None);
            var payment = await client.PayAsync($"load-{run}-{number}-{i}", token, 1000 + (10 * i), "USD", capture: i % 2 == 0, CancellationToken.None);
            if (payment["status"]!.GetValue<string>() == "authorized")
                payment = await client.CaptureAsync($"load-{run}-{number}-{i}-capture", payment["id"]!.GetValue<string>(), CancellationToken.None);
            _acknowledged.Add(new Acknowledged(
                payment["id"]!.GetValue<string>(), payment["amounts"]!["authorized"]!.GetValue<long>(), payment["amounts"]!["captured"]!.GetValue<long>()));
        }
    }
}
