using System.Net.Http.Json;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Contracts.Reconciler.V1;

namespace PayFlow.Demo.Books;

/// <summary>Reads all books through the services' own interfaces, never their tables.</summary>
public sealed class BooksReader : IDisposable
{
    private static readonly string[] Acquirers = ["northbank", "harbor", "meridian", "keystone"];
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<GrpcChannel> _channels = [];
    private readonly HttpClient _sandbox;
    private readonly Payments.PaymentsClient _payments;
    private readonly Ledger.LedgerClient _ledger;
    private readonly Settlement.SettlementClient _settlement;
    private readonly Reconciliation.ReconciliationClient _reconciliation;

    public BooksReader(Addresses addresses)
    {
        _payments = new(Channel(addresses.Auth));
        _ledger = new(Channel(addresses.Ledger));
        _settlement = new(Channel(addresses.Batch));
        _reconciliation = new(Channel(addresses.Reconciler));
        _sandbox = new HttpClient { BaseAddress = addresses.Sandbox };
    }

    public async Task<BooksModel> ReadAsync(CancellationToken cancel)
    {
        var trialBalance = await _ledger.GetTrialBalanceAsync(new(), cancellationToken: cancel);
        return new BooksModel(
            await All(_payments.StreamPayments(new(), cancellationToken: cancel), cancel),
            await All(_ledger.ListTransfers(new(), cancellationToken: cancel), cancel),
            await All(_ledger.ListAccounts(new(), cancellationToken: cancel), cancel),
            trialBalance.Lines,
            await All(_settlement.ListItems(new(), cancellationToken: cancel), cancel),
            await All(_reconciliation.ListRecords(new(), cancellationToken: cancel), cancel),
            await All(_reconciliation.ListExceptions(new(), cancellationToken: cancel), cancel),
            await ReadAcquirersAsync(cancel));
    }

    /// <summary>Seals what is open, as the clock would at the end of the day.</summary>
    public async Task<IReadOnlyList<Batch>> CutoffAsync(CancellationToken cancel) =>
        (await _settlement.CutoffAsync(new(), cancellationToken: cancel)).Batches;

    public async Task<IReadOnlyList<Batch>> BatchesAsync(CancellationToken cancel) =>
        await All(_settlement.ListBatches(new(), cancellationToken: cancel), cancel);

    /// <summary>Turns the Sandbox's amount switches on, so that amounts ending in 01 to 05 misbehave as documented.</summary>
    public async Task MisbehaveByAmountAsync(CancellationToken cancel)
    {
        using var answer = await _sandbox.PutAsJsonAsync("/chaos", new { amounts = true }, cancel);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Lets the cardholder dispute all of a settled capture, as only the Sandbox can; answers the acquirer's id of the dispute.</summary>
    /// <param name="reference">The same again is the same dispute.</param>
    /// <param name="capture">The acquirer's id of the capture.</param>
    public async Task<string> DisputeAsync(string acquirer, string reference, string capture, CancellationToken cancel)
    {
        using var answer = await _sandbox.PostAsJsonAsync($"/acquirers/{acquirer}/disputes", new { reference, capture, reason = "product_unacceptable" }, cancel);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("external_id").GetString()!;
    }

    /// <summary>Lets the card network decide a dispute.</summary>
    /// <param name="outcome">won or lost.</param>
    public async Task CloseDisputeAsync(string acquirer, string dispute, string outcome, CancellationToken cancel)
    {
        using var answer = await _sandbox.PostAsJsonAsync($"/acquirers/{acquirer}/disputes/{dispute}/close", new { outcome }, cancel);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        _sandbox.Dispose();
        _channels.ForEach(channel => channel.Dispose());
    }

    private async Task<List<AcquirerAuthorization>> ReadAcquirersAsync(CancellationToken cancel)
    {
        var all = new List<AcquirerAuthorization>();
        foreach (var acquirer in Acquirers)
        {
            using var answer = await _sandbox.GetAsync($"/acquirers/{acquirer}/books", HttpCompletionOption.ResponseHeadersRead, cancel);
            answer.EnsureSuccessStatusCode();
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
            while (await lines.ReadLineAsync(cancel) is { Length: > 0 } line)
            {
                var authorization = JsonSerializer.Deserialize<AcquirerAuthorization>(line, Json)!;
                all.Add(authorization with { Acquirer = acquirer, Captures = authorization.Captures ?? [], Refunds = authorization.Refunds ?? [] });
            }
        }

        return all;
    }

    private static async Task<List<T>> All<T>(AsyncServerStreamingCall<T> call, CancellationToken cancel)
    {
        using (call)
        {
            var all = new List<T>();
            await foreach (var item in call.ResponseStream.ReadAllAsync(cancel))
            {
                all.Add(item);
            }

            return all;
        }
    }

    private GrpcChannel Channel(Uri address)
    {
        var channel = GrpcChannel.ForAddress(address);
        _channels.Add(channel);
        return channel;
    }
}
