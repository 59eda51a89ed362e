using System.Text;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.ServiceDefaults.UnitTests.Requests;

public sealed class BodyReaderTests
{
    private enum Rail
    {
        SameDayAch,
        Wire,
    }

    private sealed record Order(Money Amount, string? Reference, bool Capture, Id Token, Rail Rail, IReadOnlyList<(string Sku, int Count)> Lines, IReadOnlyDictionary<string, string> Metadata);

    private const string Whole =
        """
        {"amount":{"amount":1500,"currency":"USD"},"reference":"order-1","capture":true,"token":"tok_01jd7q3v4men3r6s8t9v0w1x2y","rail":"same_day_ach",
         "lines":[{"sku":"a","count":1},{"sku":"b","count":2}],"metadata":{"shop":"Köln"}}
        """;

    private static Result<Order> Read(string json) => RequestBody.Read(Encoding.UTF8.GetBytes(json), body => new Order(
        body.Money("amount"),
        body.OptionalString("reference", max: 10),
        body.OptionalBoolean("capture") ?? false,
        body.Id("token", IdPrefix.Token),
        body.Enum<Rail>("rail"),
        body.Array("lines", max: 2, line => (line.String("sku"), line.Int32("count", min: 1, max: 9))),
        body.Metadata("metadata")));

    private static string[] Errors(string json)
    {
        Assert.False(Read(json).TryGet(out _, out var refusal));
        Assert.Equal(RefusalKind.Invalid, refusal.Kind);
        Assert.All(refusal.Errors, error => Assert.Contains(error.Param, error.Message, StringComparison.Ordinal));
        return [.. refusal.Errors.Select(error => $"{error.Param}:{error.Code}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void Read_RightBody_GivesEveryValue()
    {
        Assert.True(Read(Whole.Replace("tok_01jd7q3v4men3r6s8t9v0w1x2y", Token, StringComparison.Ordinal)).TryGet(out var order, out _));
        Assert.Equal(new Money(1500, Currency.Usd), order.Amount);
        Assert.Equal("order-1", order.Reference);
        Assert.True(order.Capture);
        Assert.Equal(Rail.SameDayAch, order.Rail);
        Assert.Equal([("a", 1), ("b", 2)], order.Lines);
        Assert.Equal("Köln", order.Metadata["shop"]);
    }

    [Theory]
    [InlineData("""{"scopes":["a","b"]}""", "a,b", null)]
    [InlineData("""{"scopes":[]}""", "", null)]
    [InlineData("""{}""", null, null)]
    [InlineData("""{"scopes":null}""", null, null)]
    [InlineData("""{"scopes":"a"}""", null, "wrong_type")]
    [InlineData("""{"scopes":["a",1]}""", null, "wrong_type")]
    [InlineData("""{"scopes":["a",null]}""", null, "wrong_type")]
    [InlineData("""{"scopes":["a","b","c"]}""", null, "wrong_length")]
    [InlineData("""{"scopes":[""]}""", null, "wrong_length")]
    public void OptionalStrings_List_IsTakenOrNamed(string json, string? expected, string? error)
    {
        var read = RequestBody.Read(Encoding.UTF8.GetBytes(json), body => new { Texts = body.OptionalStrings("scopes", max: 2) });
        Assert.Equal(error is null, read.TryGet(out var value, out var refusal));
        Assert.Equal(error, refusal?.Errors.Single().Code);
        Assert.Equal(expected, value?.Texts is { } texts ? string.Join(',', texts) : null);
    }

    [Fact]
    public void Read_EverythingWrong_NamesEveryFieldAtOnce() => Assert.Equal(
        [
            "amount.amount:wrong_type", "amount.curency:unknown_field", "amount.currency:required", "capture:wrong_type", "extra:unknown_field", "lines[0].count:out_of_range", "lines[1]:wrong_type",
            "metadata.n:wrong_type", "rail:unknown_value", "reference:wrong_length", "token:invalid_id",
        ],
        Errors("""
            {"amount":{"amount":"1500","curency":"USD"},"reference":"longer than ten","capture":"yes","token":"pay_1","rail":"pigeon",
             "lines":[{"sku":"a","count":0},7],"metadata":{"n":1},"extra":null}
            """));

    [Fact]
    public void Read_EmptyObject_NamesWhatIsRequiredOnce() =>
        Assert.Equal(["amount:required", "lines:required", "rail:required", "token:required"], Errors("{}"));

    [Theory]
    [InlineData("0", "out_of_range")]
    [InlineData("-1", "out_of_range")]
    [InlineData("1000000000000", "out_of_range")]
    [InlineData("99999999999999999999999999", "out_of_range")]
    [InlineData("1.5", "wrong_type")]
    [InlineData("1500.0", "wrong_type")]
    [InlineData("1e3", "wrong_type")]
    [InlineData("true", "wrong_type")]
    [InlineData("[1]", "wrong_type")]
    [InlineData("null", "required")]
    public void Money_WrongAmount_IsRefused(string amount, string code)
    {
        var read = RequestBody.Read(Encoding.UTF8.GetBytes("{\"amount\":{\"amount\":" + amount + ",\"currency\":\"USD\"}}"), body => body.Money("amount"));
        Assert.False(read.TryGet(out _, out var refusal));
        var error = Assert.Single(refusal.Errors);
        Assert.Equal(("amount.amount", code), (error.Param, error.Code));
    }

    [Theory]
    [InlineData("\"XXX\"", "unknown_currency")]
    [InlineData("\"usd\"", "unknown_currency")]
    [InlineData("840", "wrong_type")]
    [InlineData("\"\"", "wrong_length")]
    public void Money_WrongCurrency_IsRefused(string currency, string code)
    {
        var read = RequestBody.Read(Encoding.UTF8.GetBytes("{\"amount\":{\"amount\":1,\"currency\":" + currency + "}}"), body => body.Money("amount"));
        Assert.False(read.TryGet(out _, out var refusal));
        Assert.Equal(("amount.currency", code), (refusal.Param, Assert.Single(refusal.Errors).Code));
    }

    [Theory]
    [InlineData("{", "Line 1, byte 2")]
    [InlineData("{\n  \"a\": tru }", "Line 2, byte")]
    [InlineData("{\"a\":1,}", "Line 1, byte 8")]
    [InlineData("{\"a\":1,\"a\":2}", "a")]
    [InlineData("{\"a\":\"\\ud800\"}", "makes no character")]
    [InlineData("{\"\\udc00\":1}", "makes no character")]
    [InlineData("{} {}", "Line 1, byte 4")]
    [InlineData("// no\n{}", "Line 1, byte 1")]
    [InlineData("[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "depth")]
    public void Read_MalformedJson_SaysWhere(string json, string where)
    {
        Assert.False(Read(json).TryGet(out _, out var refusal));
        Assert.Equal("malformed_json", refusal.Code);
        Assert.Contains(where, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePositionInLine", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("reader option", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NotUtf8_IsMalformed()
    {
        Assert.False(RequestBody.Read(new byte[] { (byte)'{', 0xff, (byte)'}' }, _ => 0).TryGet(out _, out var refusal));
        Assert.Equal("malformed_json", refusal.Code);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    public void Read_NoObject_IsRefused(string json) => Assert.Equal(["body:wrong_type"], Errors(json));

    // Postgres stores no NUL in text, and no control character belongs into a reference.
    [Theory]
    [InlineData("\\u0000")]
    [InlineData("a\\nb")]
    [InlineData("\\u007f")]
    public void String_ControlCharacter_IsRefused(string text)
    {
        Assert.False(RequestBody.Read(Encoding.UTF8.GetBytes($$"""{"reference":"{{text}}"}"""), body => body.String("reference")).TryGet(out _, out var refusal));
        Assert.Equal("invalid_text", Assert.Single(refusal.Errors).Code);
    }

    [Theory]
    [InlineData("2026-11-21T09:30:00Z", true)]
    [InlineData("2026-11-21T09:30:00.123456+01:00", true)]
    [InlineData("2026-11-21T09:30:00", false)]
    [InlineData("2026-11-21", false)]
    [InlineData("21.11.2026 09:30", false)]
    [InlineData("2026-02-30T00:00:00Z", false)]
    public void Time_Text_IsRfc3339WithOffset(string text, bool right) =>
        Assert.Equal(right, RequestBody.Read(Encoding.UTF8.GetBytes($$"""{"at":"{{text}}"}"""), body => body.Time("at")).TryGet(out _, out _));

    [Fact]
    public void Metadata_TooMany_IsRefused()
    {
        var entries = string.Join(",", Enumerable.Range(0, 51).Select(i => $"\"k{i}\":\"v\""));
        Assert.False(RequestBody.Read(Encoding.UTF8.GetBytes("{\"metadata\":{" + entries + "}}"), body => body.Metadata("metadata")).TryGet(out _, out var refusal));
        Assert.Equal(("metadata", "wrong_length"), (refusal.Param, Assert.Single(refusal.Errors).Code));
    }

    [Fact]
    public void Read_ErrorOfTheCallersOwn_RefusesTheBody()
    {
        var read = RequestBody.Read("{\"a\":1}"u8.ToArray(), body =>
        {
            var a = body.Int64("a");
            body.Error("a", "odd", "a must be even.");
            return a;
        });
        Assert.False(read.TryGet(out _, out var refusal));
        Assert.Equal(("a", "odd", "a must be even."), (refusal.Param, refusal.Errors[0].Code, refusal.Message));
    }

    private static string Token { get; } = Id.New(IdPrefix.Token, new Slot(3), new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero)).ToString();
}
