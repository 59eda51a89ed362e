using Grpc.Core;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Kernel;

namespace PayFlow.Batch.IntegrationTests.Items;

/// <summary>Refunds that take their capture's item out of settlement and give it back, in every order that two ways to Batch allow.</summary>
[Collection(SharedServices.Name)]
public sealed class WithdrawItemTests(SharedServices shared)
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly Merchant _merchant = new();

    [Fact]
    public async Task Withdraw_OpenItem_IsInNoBatch()
    {
        var (taken, other) = (_merchant.Capture(1_000), _merchant.Capture(2_000));
        await _batch.ApplyAsync(taken.Event, other.Event);

        Assert.True(await _batch.WithdrawAsync(taken, _merchant.NewOperation()));

        var batch = await _batch.BatchAsync(Assert.Single(await _batch.CutoffAsync(_merchant)));
        Assert.Equal((1, 2_000L), (batch.Items, batch.Amount));
        Assert.Equal("withdrawn", await StateAsync(taken));
    }

    [Fact]
    public async Task Withdraw_SameRefundFiftyTimesAtOnce_IsAnsweredTheSame()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        var refund = _merchant.NewOperation();
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _batch.WithdrawAsync(capture, refund))), Assert.True);
        Assert.Equal(1L, await _batch.SqlAsync("SELECT count(*) FROM withdrawals WHERE capture_id = $1", capture.Operation.Value));
    }

    [Fact]
    public async Task Withdraw_FiftyRefundsAtOnce_OneGetsIt()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _batch.WithdrawAsync(capture, _merchant.NewOperation())));
        Assert.Single(answers, withdrawn => withdrawn);
    }

    [Fact]
    public async Task Withdraw_SealedItem_IsRefusedForGood()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        await _batch.CutoffAsync(_merchant);
        var refund = _merchant.NewOperation();
        Assert.False(await _batch.WithdrawAsync(capture, refund));
        Assert.False(await _batch.WithdrawAsync(capture, refund));
        Assert.Equal("sealed", await StateAsync(capture));
    }

    [Fact]
    public async Task Withdraw_WhileItIsSealed_IsInTheBatchOrWithdrawnNeverBoth()
    {
        for (var round = 0; round < 20; round++)
        {
            var merchant = new Merchant();
            var capture = merchant.Capture(1_000);
            await _batch.ApplyAsync(capture.Event);
            var withdrawing = _batch.WithdrawAsync(capture, merchant.NewOperation());
            var batches = await _batch.CutoffAsync(merchant);
            Assert.Equal(await withdrawing ? "withdrawn" : "sealed", (await _batch.ItemsAsync(merchant))[capture.Item].State);
            Assert.Equal(await withdrawing ? 0 : 1, batches.Count);
        }
    }

    [Fact]
    public async Task Withdraw_BeforeTheItemHasCome_WithdrawsItAsItComes()
    {
        var capture = _merchant.Capture(1_000);
        var refund = _merchant.NewOperation();
        Assert.True(await _batch.WithdrawAsync(capture, refund));
        Assert.False(await _batch.WithdrawAsync(capture, _merchant.NewOperation()));   // another refund finds it taken

        await _batch.ApplyAsync(capture.Event);

        Assert.Equal("withdrawn", await StateAsync(capture));
        Assert.Empty(await _batch.CutoffAsync(_merchant));
        Assert.True(await _batch.WithdrawAsync(capture, refund));
    }

    [Fact]
    public async Task Withdraw_WhileTheItemComes_IsWithdrawnWhoeverIsFirst()
    {
        for (var round = 0; round < 30; round++)
        {
            var merchant = new Merchant();
            var capture = merchant.Capture(1_000);
            var arriving = _batch.ApplyAsync(capture.Event);
            Assert.True(await _batch.WithdrawAsync(capture, merchant.NewOperation()));
            await arriving;
            Assert.Equal("withdrawn", (await _batch.ItemsAsync(merchant))[capture.Item].State);
        }
    }

    [Fact]
    public async Task RefundFailed_OnceAndTwice_PutsTheItemBackIntoItsDay()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        var refund = _merchant.NewOperation();
        await _batch.WithdrawAsync(capture, refund);
        var failed = _merchant.RefundFailed(capture, refund);

        await _batch.ApplyAsync(failed);
        await _batch.ApplyAsync(failed, failed);

        Assert.Equal("open", await StateAsync(capture));
        var batch = await _batch.BatchAsync(Assert.Single(await _batch.CutoffAsync(_merchant)));
        Assert.Equal((1, 1_000L), (batch.Items, batch.Amount));
    }

    [Fact]
    public async Task RefundFailed_AfterItsDayWasSealed_GoesWithTheNextSealOfTheDay()
    {
        var (taken, other) = (_merchant.Capture(1_000), _merchant.Capture(2_000));
        await _batch.ApplyAsync(taken.Event, other.Event);
        var refund = _merchant.NewOperation();
        await _batch.WithdrawAsync(taken, refund);
        var first = await _batch.BatchAsync(Assert.Single(await _batch.CutoffAsync(_merchant)));

        await _batch.ApplyAsync(_merchant.RefundFailed(taken, refund));

        var second = await _batch.BatchAsync(Assert.Single(await _batch.CutoffAsync(_merchant)));
        Assert.Equal((first.Date, 2, 1_000L), (second.Date, second.Ordinal, second.Amount));
    }

    [Fact]
    public async Task RefundFailed_OfAnotherRefund_LeavesTheItemWithdrawn()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        var (first, second) = (_merchant.NewOperation(), _merchant.NewOperation());
        Assert.True(await _batch.WithdrawAsync(capture, first));
        Assert.False(await _batch.WithdrawAsync(capture, second));

        await _batch.ApplyAsync(_merchant.RefundFailed(capture, second), _merchant.RefundFailed(capture, _merchant.NewOperation()));
        Assert.Equal("withdrawn", await StateAsync(capture));

        await _batch.ApplyAsync(_merchant.RefundFailed(capture, first, withdrawn: false));   // a refund that tells of no capture has nothing to give back
        Assert.Equal("withdrawn", await StateAsync(capture));
    }

    [Fact]
    public async Task RefundFailed_BeforeTheItemHasCome_LetsItComeOpen()
    {
        var capture = _merchant.Capture(1_000);
        var refund = _merchant.NewOperation();
        await _batch.WithdrawAsync(capture, refund);
        await _batch.ApplyAsync(_merchant.RefundFailed(capture, refund));
        await _batch.ApplyAsync(capture.Event);
        Assert.Equal("open", await StateAsync(capture));
    }

    [Fact]
    public async Task RefundFailed_InTheSamePollAsItsCapture_LetsItComeOpen()
    {
        var capture = _merchant.Capture(1_000);
        var refund = _merchant.NewOperation();
        await _batch.WithdrawAsync(capture, refund);
        await _batch.ApplyAsync(capture.Event, _merchant.RefundFailed(capture, refund));
        Assert.Equal("open", await StateAsync(capture));
    }

    [Fact]
    public async Task Withdraw_AskedAgainAfterTheRefundFailed_GetsNothing()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        var (asked, never) = (_merchant.NewOperation(), _merchant.NewOperation());
        await _batch.WithdrawAsync(capture, asked);
        await _batch.ApplyAsync(_merchant.RefundFailed(capture, asked), _merchant.RefundFailed(capture, never));

        // Questions that were long under way: nobody would ever give back what they got now.
        Assert.False(await _batch.WithdrawAsync(capture, asked));
        Assert.False(await _batch.WithdrawAsync(capture, never));
        Assert.Equal("open", await StateAsync(capture));

        Assert.True(await _batch.WithdrawAsync(capture, _merchant.NewOperation()));   // a new refund may have it
    }

    [Fact]
    public async Task Withdraw_RefusedOnce_StaysRefusedWhenTheItemIsOpenAgain()
    {
        var capture = _merchant.Capture(1_000);
        await _batch.ApplyAsync(capture.Event);
        var (first, second) = (_merchant.NewOperation(), _merchant.NewOperation());
        await _batch.WithdrawAsync(capture, first);
        await _batch.WithdrawAsync(capture, second);
        await _batch.ApplyAsync(_merchant.RefundFailed(capture, first));
        Assert.False(await _batch.WithdrawAsync(capture, second));   // it was told that the money goes back by a refund of its own
        Assert.Equal("open", await StateAsync(capture));
    }

    [Fact]
    public async Task Withdraw_SameRefundForAnotherCapture_IsRefusedAndTakesNothing()
    {
        var (one, two) = (_merchant.Capture(1_000), _merchant.Capture(2_000));
        await _batch.ApplyAsync(one.Event, two.Event);
        var refund = _merchant.NewOperation();
        await _batch.WithdrawAsync(one, refund);
        var refused = await Assert.ThrowsAsync<RpcException>(() => _batch.WithdrawAsync(two, refund));
        Assert.Equal(StatusCode.AlreadyExists, refused.StatusCode);
        Assert.Equal("open", await StateAsync(two));
    }

    [Fact]
    public async Task Withdraw_RefundsItem_IsRefused()
    {
        var refund = _merchant.Refund(_merchant.Capture(1_000), 400);
        await _batch.ApplyAsync(refund.Event);
        var asked = new Capture(refund.Payment, refund.Operation, refund.ExternalId, refund.Amount, refund.Event);
        Assert.False(await _batch.WithdrawAsync(asked, _merchant.NewOperation()));
        Assert.Equal("open", (await _batch.ItemsAsync(_merchant))[refund.Item].State);
    }

    private async Task<string> StateAsync(Capture capture) => (await _batch.ItemsAsync(_merchant))[capture.Item].State;
}
