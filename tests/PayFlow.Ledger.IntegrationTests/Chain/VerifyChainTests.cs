using PayFlow.Kernel;
using PayFlow.Ledger.Chain;
using PayFlow.Ledger.IntegrationTests.Support;
using Kind = PayFlow.Contracts.Ledger.V1.ChainFindingKind;

namespace PayFlow.Ledger.IntegrationTests.Chain;

/// <summary>What somebody does who may do anything in Postgres, but has neither the signing key nor the place where signed heads are kept.</summary>
public sealed class VerifyChainTests(VerifiedLedger ledger) : IClassFixture<VerifiedLedger>, IAsyncLifetime
{
    private LedgerHost Host => ledger.Host;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => ledger.RestoreAsync();

    [Fact]
    public async Task VerifyChain_NothingTouched_FindsNothing()
    {
        var result = await Host.VerifyAsync();

        Assert.Empty(result.Findings);
        Assert.Equal(await Host.CountAsync("SELECT count(*) FROM blocks"), result.Blocks);
        Assert.Equal((result.Blocks, result.Blocks), (result.OfBlocks, result.LastSignedBlock));
        Assert.Equal(await Host.CountAsync("SELECT count(*) FROM transfers"), result.Transfers);
        Assert.Equal(await Host.CountAsync("SELECT count(*) FROM accounts"), result.Accounts);
        Assert.True(result.SignedHeads > 0);
    }

    [Theory]
    [InlineData("UPDATE transfers SET amount = amount + 1 WHERE block = 3 AND position = 1", "amount")]
    [InlineData("UPDATE transfers SET kind = 2 WHERE block = 3 AND position = 1", "amount")]
    [InlineData("UPDATE transfers SET debit_balance = debit_balance + 1 WHERE block = 3 AND position = 1", "debit_balance")]
    [InlineData("UPDATE transfers SET credit_balance = credit_balance - 7 WHERE block = 3 AND position = 1", "credit_balance")]
    [InlineData("UPDATE transfers SET credit_version = credit_version - 1 WHERE block = 3 AND position = 1", "credit_version")]
    [InlineData("UPDATE transfers SET credit_previous_id = id WHERE block = 3 AND position = 1", "credit_previous_id")]
    [InlineData("UPDATE transfers SET created_at = created_at - interval '1 second' WHERE block = 3 AND position = 1", "created_at")]
    [InlineData("UPDATE transfers SET effective_at = effective_at + interval '40 days' WHERE block = 3 AND position = 1", "period")]
    [InlineData("UPDATE transfers SET debit_account_id = (SELECT id FROM accounts WHERE path = 'acquirer_receivable/northbank') WHERE block = 3 AND position = 1", "debit_balance")]
    [InlineData("UPDATE transfers SET debit_account_id = debit_account_id + (1::bigint << 40) WHERE block = 3 AND position = 1", "account")]
    [InlineData("UPDATE transfers SET merchant_id = gen_random_uuid() WHERE block = 3 AND position = 1", "id")]
    public async Task VerifyChain_RowChanged_IsNamedWithWhatWasChanged(string change, string field)
    {
        await Host.AsSuperuserAsync(change);

        var found = (await Host.VerifyAsync()).Findings[0];

        Assert.Equal((Kind.RowChanged, 3, ledger.Middle, field), (found.Kind, found.Block, found.TransferId, found.Field));
    }

    [Theory]
    [InlineData("external_reference = 'forged'")]
    [InlineData("type = 'fee'")]
    [InlineData("effective_at = effective_at - interval '1 microsecond'")]
    [InlineData("merchant_id = NULL")]
    public async Task VerifyChain_RowChangedWhereNothingIsAddedUp_IsNamedWhenItsBlockHasNoOther(string change)
    {
        await Host.AsSuperuserAsync($"UPDATE transfers SET {change} WHERE block = 2");
        var alone = (await Host.VerifyAsync()).Findings[0];
        await ledger.RestoreAsync();
        await Host.AsSuperuserAsync($"UPDATE transfers SET {change} WHERE block = 3 AND position = 1");
        var oneOfThree = (await Host.VerifyAsync()).Findings[0];

        Assert.Equal((Kind.RowChanged, 2, ledger.Alone, "other"), (alone.Kind, alone.Block, alone.TransferId, alone.Field));
        Assert.Equal((Kind.RowChanged, 3, "", "other"), (oneOfThree.Kind, oneOfThree.Block, oneOfThree.TransferId, oneOfThree.Field));
        Assert.Contains(ledger.Middle, oneOfThree.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyChain_NameOfAnAccountChanged_IsFound()
    {
        await Host.AsSuperuserAsync("UPDATE accounts SET path = 'acquirer_receivable/elsewhere' WHERE path = 'acquirer_receivable/northbank'");

        var found = (await Host.VerifyAsync()).Findings[0];

        Assert.Equal((Kind.RowChanged, 1, "other"), (found.Kind, found.Block, found.Field));
    }

    [Theory]
    [InlineData("block = 3 AND position = 1", 3)]
    [InlineData("block = 3 AND position = 2", 3)]
    [InlineData("block = 2", 2)]
    public async Task VerifyChain_RowDeleted_IsMissedAtItsPlace(string which, long block)
    {
        var missing = Id.From(IdPrefix.Transfer, (Guid)(await Host.SqlAsync($"SELECT id FROM transfers WHERE {which}"))!).ToString();
        await Host.AsSuperuserAsync($"DELETE FROM transfers WHERE {which}");

        var findings = (await Host.VerifyAsync()).Findings;

        Assert.Equal((Kind.RowMissing, block), (findings[0].Kind, findings[0].Block));
        Assert.Contains("position", findings[0].Detail, StringComparison.Ordinal);
        Assert.Contains(findings, found => found.Kind == Kind.RowMissing && found.TransferId == missing);   // the next entry of its account names it
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(3, 0)]
    [InlineData(999, 0)]
    [InlineData(-1, 0)]
    public async Task VerifyChain_RowAdded_IsNamed(long block, int position)
    {
        await Host.AsSuperuserAsync(
            $"""
            CREATE TEMP TABLE added AS SELECT * FROM transfers WHERE block = 2;
            UPDATE added SET id = overlay(id::text PLACING '0000' FROM 25 FOR 4)::uuid, block = {block}, position = {position};
            INSERT INTO transfers SELECT * FROM added
            """);

        Assert.Contains((await Host.VerifyAsync()).Findings, found => (found.Kind, found.Block) == (Kind.RowAdded, block));
    }

    [Theory]
    [InlineData("UPDATE blocks SET root = hash WHERE number = 3", Kind.BlockChanged, 3)]
    [InlineData("UPDATE blocks SET created_at = created_at + interval '1 microsecond' WHERE number = 3", Kind.BlockChanged, 3)]
    [InlineData("UPDATE blocks SET hash = root WHERE number = 3", Kind.BlockChanged, 3)]
    [InlineData("UPDATE blocks SET previous_hash = root WHERE number = 3", Kind.BlockChanged, 3)]
    [InlineData("DELETE FROM blocks WHERE number = 3", Kind.RowAdded, 3)]
    [InlineData("DELETE FROM blocks WHERE number = 3; DELETE FROM transfers WHERE block = 3", Kind.BlockMissing, 3)]
    [InlineData("UPDATE chain_head SET hash = decode(repeat('01', 32), 'hex')", Kind.BlockChanged, 5)]
    public async Task VerifyChain_BlockChangedOrGone_IsFoundThere(string change, Kind kind, long block)
    {
        await Host.AsSuperuserAsync(change);

        var found = (await Host.VerifyAsync()).Findings[0];

        Assert.Equal((kind, block), (found.Kind, found.Block));
    }

    [Fact]
    public async Task VerifyChain_TailCutWithEverythingThatTellsOfIt_IsFoundByTheSignedHead()
    {
        await ledger.CutTailAsync();

        var result = await Host.VerifyAsync();

        var found = Assert.Single(result.Findings);   // in itself the rest is sound
        Assert.Equal((Kind.TailCut, ledger.LastBlock), (found.Kind, found.Block));
    }

    [Fact]
    public async Task VerifyChain_TailCutAndTheEndForgotten_IsFoundWithoutAnySignedHead()
    {
        await Host.AsSuperuserAsync($"DELETE FROM transfers WHERE block = {ledger.LastBlock}; DELETE FROM blocks WHERE number = {ledger.LastBlock}");

        Assert.Contains((await Host.VerifyAsync()).Findings, found => (found.Kind, found.Block) == (Kind.TailCut, ledger.LastBlock));
    }

    [Fact]
    public async Task VerifyChain_WholeChainComputedAnew_IsFoundByTheSignedHead()
    {
        await Host.AsSuperuserAsync("UPDATE transfers SET external_reference = 'forged' WHERE block = 2");
        await ledger.ComputeAnewAsync();

        var result = await Host.VerifyAsync();

        var found = Assert.Single(result.Findings);   // in itself it is sound
        Assert.Equal(Kind.ChainRewritten, found.Kind);
        Assert.InRange(found.Block, 2, ledger.LastBlock);
        Assert.Contains("the chain was computed anew", found.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyChain_HeadThatNobodySigned_IsFound()
    {
        var store = Host.Service<HeadStore>();
        var genuine = (await store.LastAsync(0, CancellationToken.None))!;
        await store.AppendAsync(genuine with { Head = genuine.Head with { Transfers = genuine.Head.Transfers + 1 } }, CancellationToken.None);
        try
        {
            var found = Assert.Single((await Host.VerifyAsync()).Findings);

            Assert.Equal((Kind.HeadNotSigned, genuine.Head.Block), (found.Kind, found.Block));
        }
        finally
        {
            ledger.ForgetLastHead();
        }
    }

    [Fact]
    public async Task VerifyChain_CounterChanged_NamesTheAccount()
    {
        await Host.AsSuperuserAsync("UPDATE accounts SET debits_posted = debits_posted + 1 WHERE path = 'acquirer_receivable/northbank'");

        var found = Assert.Single((await Host.VerifyAsync()).Findings);

        Assert.Equal(Kind.AccountDiffers, found.Kind);
        Assert.Contains("northbank", found.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyChain_LastTransferOfAnAccountChanged_NamesTheAccount()
    {
        await Host.AsSuperuserAsync("UPDATE accounts SET last_transfer_id = (SELECT id FROM transfers WHERE block = 2) WHERE path = 'processing_revenue'");

        var found = Assert.Single((await Host.VerifyAsync()).Findings);

        Assert.Equal((Kind.AccountDiffers, ledger.Alone), (found.Kind, found.TransferId));
    }

    [Theory]
    [InlineData("DELETE FROM transfer_ends", 4)]
    [InlineData("UPDATE transfer_ends SET transfer_id = pending_id", 4)]
    [InlineData("INSERT INTO transfer_ends (pending_id, transfer_id) SELECT id, id FROM transfers WHERE block = 2", 0)]
    public async Task VerifyChain_EndOfAPendingTransferForgottenOrMadeUp_IsFound(string change, long block)
    {
        await Host.AsSuperuserAsync(change);

        var found = Assert.Single((await Host.VerifyAsync()).Findings);

        Assert.Equal((Kind.EndDiffers, block), (found.Kind, found.Block));
    }

    [Fact]
    public async Task VerifyChain_TransfersThatAreArchivedAndGone_AreCountedAndNoMoreThanThese()
    {
        await Host.AsSuperuserAsync(
            """
            INSERT INTO archives (month, archived_at, transfers, manifest) VALUES (202601, now(), 1, '');
            INSERT INTO archived_blocks (number, month, transfers) VALUES (2, 202601, 1);
            INSERT INTO archived_entries (month, account_id, entries, debits, credits)
            SELECT 202601, account, 1, 0, 0 FROM transfers t, unnest(ARRAY[t.debit_account_id, t.credit_account_id]) AS account WHERE t.block = 2;
            DELETE FROM transfers WHERE block = 2
            """);
        var archived = await Host.VerifyAsync();
        await Host.AsSuperuserAsync("DELETE FROM transfers WHERE block = 3 AND position = 1");
        var found = (await Host.VerifyAsync()).Findings[0];

        Assert.Empty(archived.Findings);
        Assert.Equal(1, archived.Archived);
        Assert.Equal((Kind.RowMissing, 3), (found.Kind, found.Block));
    }
}
