using FsCheck;
using FsCheck.Fluent;

namespace PayFlow.Kernel.UnitTests;

public sealed class IdTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);

    [Fact]
    public void New_SlotAndTime_AreReadBackFromTheText()
    {
        for (var slot = 0; slot < Slot.Count; slot++)
        {
            var id = Id.New(IdPrefix.Payment, new Slot(slot), Noon);
            Assert.True(Id.TryParse(IdPrefix.Payment, id.ToString(), out var read));
            Assert.Equal(id, read);
            Assert.Equal(slot, read.Slot.Number);
            Assert.Equal(Noon, read.Time);
            Assert.Equal(7, read.Value.Version);
        }
    }

    [Fact]
    public void New_ManyAtOneTime_AreDistinct() =>
        Assert.Equal(10_000, Enumerable.Range(0, 10_000).Select(_ => Id.New(IdPrefix.Payment, new Slot(7), Noon)).Distinct().Count());

    [Fact]
    public void ToString_LaterId_SortsAfterEarlierInText()
    {
        var early = Id.New(IdPrefix.Payment, new Slot(999), Noon).ToString();
        var late = Id.New(IdPrefix.Payment, new Slot(0), Noon.AddMilliseconds(1)).ToString();
        Assert.True(string.CompareOrdinal(early, late) < 0);
    }

    [Fact]
    public void Derive_SameLabel_IsTheSameIdWithTimeAndSlotKept()
    {
        var capture = Id.New(IdPrefix.Operation, new Slot(421), Noon);
        var settle = capture.Derive(IdPrefix.Transfer, "settle:1");
        Assert.Equal(settle, capture.Derive(IdPrefix.Transfer, "settle:1"));
        Assert.NotEqual(settle, capture.Derive(IdPrefix.Transfer, "settle:2"));
        Assert.Equal(421, settle.Slot.Number);
        Assert.Equal(Noon, settle.Time);
        Assert.Equal(settle, Id.Parse(IdPrefix.Transfer, settle.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("pay_")]
    [InlineData("pay_01jz3k")]
    [InlineData("op_01jz3k5x7hf4m8tz6n2q9r0vab")]
    [InlineData("pay_zzzzzzzzzzzzzzzzzzzzzzzzzz")]
    [InlineData("pay_01jz3k5x7hf4m8tz6n2q9r0vaU")]
    [InlineData("pay-01jz3k5x7hf4m8tz6n2q9r0vab")]
    public void TryParse_NotAPaymentId_IsRefused(string? text) => Assert.False(Id.TryParse(IdPrefix.Payment, text, out _));

    [Fact]
    public void TryParse_AnyText_ReadsBackTheSameOrNothing() => Prop.ForAll<string?>(text =>
    {
        var read = Id.TryParse(IdPrefix.Payment, $"pay_{text}", out var id);
        return !read || id.ToString() == $"pay_{text}";
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void From_NotVersion7_Throws() => Assert.Throws<FormatException>(() => Id.From(IdPrefix.Payment, Guid.Empty));
}
