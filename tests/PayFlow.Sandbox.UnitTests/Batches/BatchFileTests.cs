using PayFlow.Sandbox.Batches;

namespace PayFlow.Sandbox.UnitTests.Batches;

public sealed class BatchFileTests
{
    private const string Good =
        """
        item_id,external_id,amount,currency,occurred_at
        itm_1,nbc_1,1000,USD,2026-11-21T09:30:00Z
        itm_2,nbc_2,2500,USD,2026-11-21T09:31:00.1234567+00:00
        T,2,3500

        """;

    [Fact]
    public void Parse_WholeFile_HasItsItems()
    {
        Assert.True(BatchFile.Parse(Good).TryGet(out var file, out _));
        Assert.Equal(("USD", 3_500), (file.Currency, file.Amount));
        Assert.Equal([new("itm_1", "nbc_1", 1_000), new("itm_2", "nbc_2", 2_500)], file.Items);
    }

    [Fact]
    public void Parse_Refunds_CountBelowZero()
    {
        var text = Good.Replace("itm_1,nbc_1,1000", "itm_1,nbr_1,-9000", StringComparison.Ordinal).Replace("T,2,3500", "T,2,-6500", StringComparison.Ordinal);
        Assert.True(BatchFile.Parse(text).TryGet(out var file, out _));
        Assert.Equal(-6_500, file.Amount);
        Assert.Equal(new("itm_1", "nbr_1", -9_000), file.Items[0]);
    }

    [Theory]
    [InlineData("T,2,3500", "T,3,3500", "trailer")]
    [InlineData("T,2,3500", "T,2,3501", "trailer")]
    [InlineData("T,2,3500\n", "", "trailer")]   // cut: the last row stands where the trailer should
    [InlineData("item_id,external_id", "id,external_id", "header")]
    [InlineData("nbc_2,2500,USD", "nbc_2,2500,EUR", "currency")]
    [InlineData("nbc_2,2500,USD", "nbc_2,2500,usd", "currency")]
    [InlineData("1000,USD", "0,USD", "amount")]
    [InlineData("1000,USD", "-1000000000000,USD", "amount")]
    [InlineData("1000,USD", "1000-,USD", "amount")]
    [InlineData("1000,USD", "10.00,USD", "amount")]
    [InlineData("1000,USD", "99999999999999999999,USD", "amount")]
    [InlineData("itm_1,", "\"itm_1\",", "id")]
    [InlineData("itm_1,", ",", "id")]
    [InlineData("itm_1,", "", "fields")]
    [InlineData("2026-11-21T09:30:00Z", "yesterday", "occurred_at")]
    public void Parse_WrongFile_NamesWhatIsWrong(string right, string wrong, string code)
    {
        Assert.False(BatchFile.Parse(Good.Replace(right, wrong, StringComparison.Ordinal)).TryGet(out _, out var refusal));
        Assert.Contains(code, refusal.Errors.Select(error => error.Code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("item_id,external_id,amount,currency,occurred_at\nT,0,0\n")]
    public void Parse_NothingToSettle_IsRefused(string text) => Assert.False(BatchFile.Parse(text).TryGet(out _, out _));

    [Fact]
    public void Parse_SeveralWrongLines_NamesThemAll()
    {
        var text = Good.Replace("1000,USD", "x,USD", StringComparison.Ordinal).Replace("2500,USD", "y,USD", StringComparison.Ordinal);
        Assert.False(BatchFile.Parse(text).TryGet(out _, out var refusal));
        Assert.Equal(["line 2", "line 3"], refusal.Errors.Select(error => error.Param));
    }
}
