using System.Text;
using Microsoft.AspNetCore.Http;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.UnitTests.Idempotency;

public sealed class IdempotencyKeyTests
{
    [Theory]
    [InlineData("k-1", null, "k-1")]
    [InlineData(null, "k-1", "k-1")]
    [InlineData("k-1", "k-1", "k-1")]
    [InlineData("with space", null, "with space")]
    public void Read_GivenOnce_IsTaken(string? header, string? field, string expected)
    {
        Assert.True(Read(header, field).TryGet(out var key, out _));
        Assert.Equal(expected, key);
    }

    [Theory]
    [InlineData(null, null, "Idempotency-Key", "required")]
    [InlineData("one", "two", "idempotency_key", "contradiction")]
    [InlineData("", null, "Idempotency-Key", "invalid_key")]
    [InlineData(" k", null, "Idempotency-Key", "invalid_key")]
    [InlineData("ümlaut", null, "Idempotency-Key", "invalid_key")]
    [InlineData(null, "ümlaut", "idempotency_key", "invalid_key")]
    public void Read_MissingOrWrong_SaysWhich(string? header, string? field, string param, string code)
    {
        Assert.False(Read(header, field).TryGet(out _, out var refusal));
        var error = Assert.Single(refusal!.Errors);
        Assert.Equal((param, code), (error.Param, error.Code));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Read_Length_IsAtMost255(int length, bool isTaken)
    {
        Assert.Equal(isTaken, Read(new string('k', length), null).TryGet(out _, out _));
        Assert.Equal(isTaken, Read(null, new string('k', length)).TryGet(out _, out _));
    }

    [Fact]
    public void Read_HeaderTwice_IsRefused()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Append(IdempotencyKey.Header, "one");
        request.Headers.Append(IdempotencyKey.Header, "two");
        Assert.False(RequestBody.Read("{}"u8.ToArray(), body => IdempotencyKey.Read(request, body)).TryGet(out _, out _));
    }

    private static Result<string> Read(string? header, string? field)
    {
        var request = new DefaultHttpContext().Request;
        if (header is not null)
        {
            request.Headers[IdempotencyKey.Header] = header;
        }

        var json = field is null ? "{}" : $$"""{"idempotency_key":"{{field}}"}""";
        return RequestBody.Read(Encoding.UTF8.GetBytes(json), body => IdempotencyKey.Read(request, body));
    }
}
