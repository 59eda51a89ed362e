using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.ServiceDefaults.UnitTests.Requests;

public sealed class RequestQueryTests
{
    private static Result<(int Limit, Id? After, string? Status, DateTimeOffset? From)> Read(string query)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        return RequestQuery.Read(context.Request, read => (
            read.Limit(), read.OptionalId("starting_after", IdPrefix.Payment), read.OptionalChoice("status", "authorized", "declined"), read.OptionalTime("created_from")));
    }

    [Fact]
    public void Read_NoParameters_GivesDefaults()
    {
        Assert.True(Read("").TryGet(out var query, out _));
        Assert.Equal((20, null, null, null), query);
    }

    [Fact]
    public void Read_RightParameters_GivesThem()
    {
        var id = Id.New(IdPrefix.Payment, new Slot(1), new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));
        Assert.True(Read($"?limit=100&starting_after={id}&status=declined&created_from=2026-11-21T00:00:00Z").TryGet(out var query, out _));
        Assert.Equal((100, id, "declined", new DateTimeOffset(2026, 11, 21, 0, 0, 0, TimeSpan.Zero)), query);
    }

    [Fact]
    public void Read_EverythingWrong_NamesEveryParameter()
    {
        Assert.False(Read("?limit=0&starting_after=x&status=lost&created_from=today&colour=red").TryGet(out _, out var refusal));
        Assert.Equal(
            ["colour:unknown_parameter", "created_from:invalid_time", "limit:out_of_range", "starting_after:invalid_id", "status:unknown_value"],
            refusal.Errors.Select(error => $"{error.Param}:{error.Code}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("?limit=101")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=ten")]
    [InlineData("?limit=")]
    [InlineData("?limit=1&limit=2")]
    public void Limit_Wrong_IsRefused(string query) => Assert.False(Read(query).TryGet(out _, out _));
}
