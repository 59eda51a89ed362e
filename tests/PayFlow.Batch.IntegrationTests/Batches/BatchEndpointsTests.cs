using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.OpenApi;

namespace PayFlow.Batch.IntegrationTests.Batches;

[Collection(SharedServices.Name)]
public sealed class BatchEndpointsTests(SharedServices shared) : IAsyncLifetime
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly Merchant _merchant = new();
    private readonly Merchant _stranger = new();
    private readonly List<Id> _batches = [];
    private Capture[] _captures = [];

    public async Task InitializeAsync()
    {
        _captures = await _batch.CaptureAsync(shared.Sandbox, _merchant, "northbank", 1_000, 2_000, 3_000);
        _batches.AddRange(await _batch.CutoffAsync(_merchant));
        await _batch.ApplyAsync(_merchant.Capture(500).Event);
        _batches.AddRange(await _batch.CutoffAsync(_merchant));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Document_Describes_EveryOperation() => Assert.Empty(await ApiDocument.FaultsAsync(_batch.Http));

    [Fact]
    public async Task Get_OwnBatch_ShowsIt()
    {
        await _batch.SettleAsync(_batches[0]);
        var batch = await ReadAsync($"v1/batches/{_batches[0]}");

        Assert.Equal(
            (_batches[0].ToString(), "batch", "northbank", "settled", 1, 3, 3),
            ((string)batch["id"]!, (string)batch["object"]!, (string)batch["acquirer"]!, (string)batch["state"]!, (int)batch["ordinal"]!, (int)batch["items"]!, (int)batch["items_settled"]!));
        Assert.Equal((6_000L, "USD"), ((long)batch["amount"]!["amount"]!, (string)batch["amount_settled"]!["currency"]!));
    }

    [Fact]
    public async Task List_PageByPage_HasEveryBatchOnce()
    {
        var first = await ReadAsync("v1/batches?limit=1");
        Assert.True((bool)first["has_more"]!);
        var second = await ReadAsync($"v1/batches?limit=1&starting_after={first["data"]![0]!["id"]}");
        Assert.False((bool)second["has_more"]!);
        Assert.Equal(_batches.Select(id => id.ToString()), new[] { first, second }.Select(page => (string)page["data"]![0]!["id"]!));
    }

    [Fact]
    public async Task List_OfADate_HasItsBatches()
    {
        var date = (string)(await ReadAsync($"v1/batches/{_batches[0]}"))["date"]!;
        foreach (var path in new[] { $"v1/batches?date={date}", $"v1/batches/{date}" })
        {
            Assert.Equal(2, (await ReadAsync(path))["data"]!.AsArray().Count);
        }

        Assert.Empty((await ReadAsync("v1/batches/2001-01-01"))["data"]!.AsArray());
    }

    [Fact]
    public async Task Items_PageByPage_HaveEveryItemOnce()
    {
        var first = await ReadAsync($"v1/batches/{_batches[0]}/items?limit=2");
        var second = await ReadAsync($"v1/batches/{_batches[0]}/items?limit=2&starting_after={first["data"]![1]!["id"]}");

        Assert.Equal((true, false), ((bool)first["has_more"]!, (bool)second["has_more"]!));
        JsonNode?[] items = [.. first["data"]!.AsArray(), .. second["data"]!.AsArray()];
        Assert.Equal(
            _captures.Select(capture => (capture.Item.ToString(), capture.Payment.ToString(), capture.Amount)).Order(),
            items.Select(item => ((string)item!["id"]!, (string)item["payment"]!, (long)item["amount"]!["amount"]!)).Order());
    }

    [Fact]
    public async Task File_IsWhatTheAcquirerWasSent()
    {
        using var answer = await _batch.GetAsync($"v1/batches/{_batches[0]}/file", _merchant);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(await _batch.SqlAsync("SELECT file FROM batches WHERE id = $1", _batches[0].Value), await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/items")]
    [InlineData("/file")]
    public async Task Read_AnotherMerchantsBatch_IsNotFound(string path)
    {
        await AssertProblemAsync(HttpStatusCode.NotFound, $"v1/batches/{_batches[0]}{path}", _stranger);
        await AssertProblemAsync(HttpStatusCode.NotFound, $"v1/batches/{_batches[0]}{path}", _merchant, Mode.Live);
    }

    [Fact]
    public async Task List_OfAnotherMerchant_HasNothing()
    {
        using var answer = await _batch.GetAsync("v1/batches", _stranger);
        Assert.Empty((await answer.Content.ReadFromJsonAsync<JsonNode>())!["data"]!.AsArray());
    }

    [Theory]
    [InlineData("v1/batches/bat_nonsense", HttpStatusCode.NotFound)]
    [InlineData("v1/batches/2026-02-30", HttpStatusCode.NotFound)]
    [InlineData("v1/batches/bat_nonsense/items", HttpStatusCode.NotFound)]
    [InlineData("v1/batches?limit=0", HttpStatusCode.BadRequest, "limit")]
    [InlineData("v1/batches?limit=101&date=yesterday&starting_after=pay_1&order=desc", HttpStatusCode.BadRequest, "date", "limit", "order", "starting_after")]
    public async Task Read_BadInput_IsAProblemThatNamesEveryField(string path, HttpStatusCode status, params string[] fields)
    {
        var problem = await AssertProblemAsync(status, path, _merchant);
        Assert.Equal(fields, (problem["errors"]?.AsArray() ?? []).Select(error => (string)error!["param"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Read_WithoutIdentityOrKey_IsUnauthorized()
    {
        using var anonymous = await _batch.Http.GetAsync(new Uri("v1/batches", UriKind.Relative));
        using var cutoff = await _batch.Http.PostAsync(new Uri("internal/cutoff", UriKind.Relative), null);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (anonymous.StatusCode, cutoff.StatusCode));
    }

    [Fact]
    public async Task Grpc_CutoffAndLists_AnswerWhatIsThere()
    {
        var open = _merchant.Capture(700);
        await _batch.ApplyAsync(open.Event);

        var cutoff = await _batch.Grpc.CutoffAsync(new() { MerchantId = _merchant.Id.ToString() });

        var made = Assert.Single(cutoff.Batches);
        Assert.Equal((700L, 1, "prepared"), (made.Amount, made.Items, made.State));
        var batches = await AllAsync(_batch.Grpc.ListBatches(new() { MerchantId = _merchant.Id.ToString(), Date = made.Date }));
        Assert.Equal([.. _batches.Select(id => id.ToString()), made.BatchId], batches.Select(batch => batch.BatchId));
        var item = Assert.Single(await AllAsync(_batch.Grpc.ListItems(new() { PaymentId = open.Payment.ToString() })));
        Assert.Equal((open.Item.ToString(), made.BatchId, "sealed", 700L), (item.ItemId, item.BatchId, item.State, item.Amount));
        Assert.Equal(3, (await AllAsync(_batch.Grpc.ListItems(new() { BatchId = _batches[0].ToString() }))).Count);
    }

    [Fact]
    public async Task Read_BatchOfRefundsAndCaptures_ShowsBothKindsAndTheNetAmount()
    {
        await _batch.CaptureAsync(shared.Sandbox, _merchant, "harbor", 1_000);
        var refund = Assert.Single(await _batch.RefundAsync(shared.Sandbox, _merchant, "harbor", 2_500));
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.SettleAsync(id);

        var batch = await ReadAsync($"v1/batches/{id}");
        Assert.Equal(
            ("settled", -1_500L, 2_500L, -1_500L),
            ((string)batch["state"]!, (long)batch["amount"]!["amount"]!, (long)batch["amount_refunded"]!["amount"]!, (long)batch["amount_settled"]!["amount"]!));
        var items = (await ReadAsync($"v1/batches/{id}/items"))["data"]!.AsArray();
        Assert.Equal(["capture", "refund"], items.Select(item => (string)item!["kind"]!).Order());
        var shown = items.Single(item => (string)item!["kind"]! == "refund")!;
        Assert.Equal(
            (refund.Item.ToString(), refund.Operation.ToString(), -2_500L, 0L),
            ((string)shown["id"]!, (string)shown["operation"]!, (long)shown["amount"]!["amount"]!, (long)shown["fee"]!["amount"]!));
        var told = Assert.Single(await AllAsync(_batch.Grpc.ListItems(new() { PaymentId = refund.Payment.ToString() })));
        Assert.Equal(("refund", refund.Operation.ToString(), -2_500L, -2_500L, "settled"), (told.Kind, told.OperationId, told.Amount, told.AmountSettled, told.State));
        Assert.Equal(2_500, (await AllAsync(_batch.Grpc.ListBatches(new() { MerchantId = _merchant.Id.ToString() }))).Single(other => other.BatchId == id.ToString()).AmountRefunded);
    }

    [Fact]
    public async Task Grpc_BadInput_IsInvalid()
    {
        var merchant = await Assert.ThrowsAsync<RpcException>(async () => await _batch.Grpc.CutoffAsync(new() { MerchantId = "mer_x" }));
        var date = await Assert.ThrowsAsync<RpcException>(() => AllAsync(_batch.Grpc.ListBatches(new() { Date = "yesterday" })));
        Assert.Equal((StatusCode.InvalidArgument, StatusCode.InvalidArgument), (merchant.StatusCode, date.StatusCode));
        var withdrawal = await Assert.ThrowsAsync<RpcException>(async () => await _batch.Grpc.WithdrawItemAsync(new() { CaptureOperationId = "op_x", RefundOperationId = "" }));
        Assert.Equal(StatusCode.InvalidArgument, withdrawal.StatusCode);
        Assert.All((string[])["payment_id", "capture_operation_id", "refund_operation_id"], field => Assert.Contains(field, withdrawal.ToString(), StringComparison.Ordinal));
    }

    private static async Task<List<T>> AllAsync<T>(AsyncServerStreamingCall<T> call)
    {
        using (call)
        {
            var all = new List<T>();
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                all.Add(call.ResponseStream.Current);
            }

            return all;
        }
    }

    private async Task<JsonNode> ReadAsync(string path)
    {
        using var answer = await _batch.GetAsync(path, _merchant);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task<JsonNode> AssertProblemAsync(HttpStatusCode status, string path, Merchant merchant, Mode mode = Mode.Test)
    {
        using var answer = await _batch.GetAsync(path, merchant, mode);
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }
}
