using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using PayFlow.Demo;
using PayFlow.Demo.Books;
using PayFlow.SystemTests.Running;

namespace PayFlow.SystemTests.Faults;

/// <summary>Merchants that keep paying, whatever happens meanwhile; what they were told is kept.</summary>
internal sealed class Load : IAsyncDisposable
{
    // What several kills in a row strike is tried again after 1, 2, 4 … 60 s, and a lease of who died lasts 45 s: together that may be more than two minutes.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

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

    private static bool IsAuthorized(JsonObject payment) => payment["status"]!.GetValue<string>() == "authorized";

    private async Task PayAsync(PayFlowSystem system, int number)
    {
        using var client = system.Client(Patience);
        var run = Unique.Id();
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var token = await client.TokenizeAsync(i % 7 == 0 ? "4000000000009995" : TestCard.Fresh(), CancellationToken.None);
            var capturesItself = i % 2 == 0;
            var payment = await client.PayAsync($"load-{run}-{number}-{i}", token, 1000 + (10 * i), "USD", capturesItself, CancellationToken.None);
            if (IsAuthorized(payment))
            {
                var id = payment["id"]!.GetValue<string>();
                payment = capturesItself
                    ? throw new TimeoutException($"{id} was not captured within {Patience.TotalMinutes} minutes: {await client.GetAsync($"/v1/payments/{id}/history", CancellationToken.None)}")
                    : await client.CaptureAsync($"load-{run}-{number}-{i}-capture", id, CancellationToken.None);
            }

            _acknowledged.Add(new Acknowledged(
                payment["id"]!.GetValue<string>(), payment["amounts"]!["authorized"]!.GetValue<long>(), payment["amounts"]!["captured"]!.GetValue<long>()));
        }
    }
}
