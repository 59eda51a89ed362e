using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Reconciler.IntegrationTests.Support;
using PayFlow.ServiceDefaults.OpenApi;

namespace PayFlow.Reconciler.IntegrationTests.Exceptions;

[Collection(SharedReconciler.Name)]
public sealed class ExceptionEndpointsTests(SharedReconciler shared) : IAsyncLifetime
{
    private const string Path = "v1/reconciliation/exceptions";

    private readonly ReconcilerHost _host = shared.Host;
    private readonly Report _report = new();
    private Submitted _late = null!;
    private Submitted _short = null!;

    /// <summary>Three exceptions: one resolved, one of a known item, one of no item.</summary>
    public async Task InitializeAsync()
    {
        (_late, _short) = (_report.Submit(1_000), _report.Submit(2_000));
        _report.Line(_short, 1_900);
        _report.Line("itm_stranger", "nbc_stranger", 70);
        _report.Complete();
        _report.Line(_late, 1_000);
        _report.Complete();
        await _host.ApplyAsync(_report.Events);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Document_Describes_EveryOperation() => Assert.Empty(await ApiDocument.FaultsAsync(_host.Http));

    [Fact]
    public async Task List_PageByPage_HasEveryExceptionOnce()
    {
        var (seen, after) = (new List<string>(), "");
        for (var more = true; more;)
        {
            var page = await ReadAsync($"{Path}?limit=1{after}");
            var id = (string)Assert.Single(page["data"]!.AsArray())!["id"]!;
            seen.Add(id);
            (more, after) = ((bool)page["has_more"]!, $"&starting_after={id}");
        }

        Assert.Equal(3, seen.Distinct().Count());
        Assert.Equal(3, seen.Count);
    }

    [Fact]
    public async Task List_ByState_ShowsWhatPeopleMustSee()
    {
        var open = (await ReadAsync($"{Path}?state=open"))["data"]!.AsArray();
        var resolved = Assert.Single((await ReadAsync($"{Path}?state=resolved"))["data"]!.AsArray())!;

        Assert.Equal(["amount_mismatch", "missing_here"], open.Select(exception => (string)exception!["kind"]!).Order());
        var mismatch = open.Single(exception => (string)exception!["kind"]! == "amount_mismatch")!;
        Assert.Equal(
            (_short.Id.ToString(), _short.Payment.ToString(), _report.Batch.ToString(), 2_000L, 1_900L, "USD", "open", null),
            ((string)mismatch["item"]!, (string)mismatch["payment"]!, (string)mismatch["batch"]!, (long)mismatch["expected"]!["amount"]!, (long)mismatch["actual"]!["amount"]!,
                (string)mismatch["actual"]!["currency"]!, (string)mismatch["state"]!, (string?)mismatch["resolution"]));
        Assert.Contains("100 are still missing", (string)mismatch["explanation"]!, StringComparison.Ordinal);
        Assert.Null((string?)open.Single(exception => (string)exception!["kind"]! == "missing_here")!["item"]);
        Assert.Equal((_late.Id.ToString(), "missing_there", "settled late"), ((string)resolved["item"]!, (string)resolved["kind"]!, (string)resolved["resolution"]!));
    }

    [Fact]
    public async Task List_OfAnotherMerchantOrMode_HasNothing()
    {
        var stranger = Id.New(IdPrefix.Merchant, _report.Merchant.Slot, TimeProvider.System.GetUtcNow());
        foreach (var (merchant, mode) in new[] { (stranger, Mode.Test), (_report.Merchant, Mode.Live) })
        {
            using var answer = await _host.GetAsync(Path, merchant, mode);
            Assert.Empty((await answer.Content.ReadFromJsonAsync<JsonNode>())!["data"]!.AsArray());
        }
    }

    [Fact]
    public async Task List_BadInput_IsAProblemThatNamesEveryField()
    {
        using var answer = await _host.GetAsync($"{Path}?limit=1000&starting_after=exc_x&state=lost&sort=up", _report.Merchant);
        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        var problem = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.Equal(["limit", "sort", "starting_after", "state"], problem["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task List_WithoutIdentity_IsUnauthorized()
    {
        using var answer = await _host.Http.GetAsync(new Uri(Path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Grpc_Lists_AnswerWhatIsThere()
    {
        using var exceptions = _host.Grpc.ListExceptions(new() { MerchantId = _report.Merchant.ToString(), State = "open" });
        using var records = _host.Grpc.ListRecords(new() { BatchId = _report.Batch.ToString() });

        Assert.Equal(["amount_mismatch", "missing_here"], (await AllAsync(exceptions)).Select(exception => exception.Kind).Order());
        Assert.Equal(
            new[] { (_late.Id.ToString(), "matched", 1_000L, 1_000L), (_short.Id.ToString(), "short", 2_000L, 1_900L) }.Order(),
            (await AllAsync(records)).Select(record => (record.ItemId, record.State, record.Expected, record.Settled)).Order());
    }

    [Fact]
    public async Task Grpc_ListAll_GoesOnBeyondAPage()
    {
        var report = new Report();
        for (var item = 0; item < 501; item++)
        {
            report.Submit(1);
        }

        report.Complete(charge: 0);
        await _host.ApplyAsync(report.Events);
        using var exceptions = _host.Grpc.ListExceptions(new() { MerchantId = report.Merchant.ToString() });
        using var records = _host.Grpc.ListRecords(new() { BatchId = report.Batch.ToString() });

        Assert.Equal(501, (await AllAsync(exceptions)).DistinctBy(exception => exception.ExceptionId).Count());
        Assert.Equal(501, (await AllAsync(records)).DistinctBy(record => record.ItemId).Count());
    }

    [Fact]
    public async Task Grpc_BadInput_IsInvalid()
    {
        using var call = _host.Grpc.ListExceptions(new() { MerchantId = "mer_x" });
        var refused = await Assert.ThrowsAsync<RpcException>(() => AllAsync(call));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private static async Task<List<T>> AllAsync<T>(AsyncServerStreamingCall<T> call)
    {
        var all = new List<T>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            all.Add(call.ResponseStream.Current);
        }

        return all;
    }

    private async Task<JsonNode> ReadAsync(string path)
    {
        using var answer = await _host.GetAsync(path, _report.Merchant);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
