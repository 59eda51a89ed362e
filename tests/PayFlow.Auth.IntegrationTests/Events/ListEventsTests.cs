using System.Net;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Events;

[Collection(OneWorld.Name)]
public sealed class ListEventsTests(World world) : HostedTests(world)
{
    protected override Action<Dictionary<string, string?>> Settings => settings => settings["Messaging:HousekeepingMs"] = "200";

    [Fact]
    public async Task Payments_ThatLive_AreToldInOrder()
    {
        var number = Cards.Fresh();
        var paid = await Merchant.PayAsync(1000, number: number);
        await Merchant.CaptureAsync(paid["id"]!, 400);
        var voided = await Merchant.PayAsync(700);
        await Merchant.PostAsync($"/v1/payments/{voided["id"]}/void", "{}", MerchantClient.NewKey());
        var declined = await Merchant.PayAsync(300, number: "4000000000000002");
        await UntilAsync(async () => (await Telling.ListAsync(Merchant)).Count == 5);

        var list = await Merchant.GetAsync("/v1/events");
        var events = list.Body["data"]!.AsArray();
        Assert.Equal(
            new (string, string, string, long)[]
            {
                ("payment.authorized", paid["id"]!, "authorized", 2),
                ("payment.captured", paid["id"]!, "partially_captured", 3),
                ("payment.authorized", voided["id"]!, "authorized", 2),
                ("payment.voided", voided["id"]!, "voided", 3),
                ("payment.declined", declined["id"]!, "declined", 2),
            },
            events.Select(@event => (
                (string)@event!["type"]!, (string)@event["data"]!["payment"]!["id"]!, (string)@event["data"]!["payment"]!["status"]!, (long)@event["sequence"]!)));
        Assert.Equal(400, (long)events[1]!["data"]!["capture"]!["amount"]!["amount"]!);
        Assert.Equal(1000, (long)events[1]!["data"]!["payment"]!["amount"]!["amount"]!);
        Assert.DoesNotContain(number, list.Text, StringComparison.Ordinal);

        var one = await Merchant.GetAsync($"/v1/events/{(string)events[3]!["id"]!}");
        Assert.Equal(events[3]!.ToJsonString(), one.Body.ToJsonString());
    }

    [Fact]
    public async Task List_PageByPageAndByTypes_ShowsEachOnce()
    {
        await Telling.TellAsync(Host, Merchant.Merchant, 25);
        await Telling.TellAsync(Host, Merchant.Merchant, 5, "payment.refunded");
        await UntilAsync(async () => (await Telling.ListAsync(Merchant)).Count == 30);

        var all = await Telling.ListAsync(Merchant);
        Assert.Equal(30, all.Distinct().Count());
        var pages = new List<string>();
        string? after = null;
        bool hasMore;
        do
        {
            var page = await Merchant.GetAsync($"/v1/events?limit=7&types=payment.captured,payment.voided{(after is null ? "" : $"&starting_after={after}")}");
            pages.AddRange(page.Body["data"]!.AsArray().Select(@event => (string)@event!["id"]!));
            (after, hasMore) = (pages[^1], (bool)page.Body["has_more"]!);
        }
        while (hasMore);
        Assert.Equal(all.Take(25), pages);
    }

    [Fact]
    public async Task Events_OfAnotherMerchantOrMode_AreNotThere()
    {
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        await UntilAsync(async () => (await Telling.ListAsync(Merchant)).Count == 1);
        var id = (await Telling.ListAsync(Merchant))[0];
        using var other = await Host.NewMerchantAsync();
        using var live = Merchant.In(Mode.Live);
        foreach (var stranger in new[] { other, live })
        {
            Assert.Empty(await Telling.ListAsync(stranger));
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/events/{id}")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await stranger.GetAsync($"/v1/events?starting_after={id}")).Status);
        }
    }

    [Theory]
    [InlineData("limit=0&types=payment.eaten&starting_after=evt_1&page=2", "limit,types,starting_after,page")]
    [InlineData("types=", "types")]
    public async Task List_WrongParameters_AreAllNamed(string query, string wrong)
    {
        var answer = await Merchant.GetAsync($"/v1/events?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(wrong.Split(',').Order(), answer.Body["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order());
    }

    [Fact]
    public async Task Cursor_BehindForgottenEvents_Is410InListAndStream()
    {
        await Telling.TellAsync(Host, Merchant.Merchant, 5);
        await UntilAsync(async () => (await Telling.ListAsync(Merchant)).Count == 5);
        var ids = await Telling.ListAsync(Merchant);
        await using (var connection = new NpgsqlConnection(Host.Get<Microsoft.Extensions.Configuration.IConfiguration>()["ConnectionStrings:payments"]))
        {
            await connection.OpenAsync();
            await using var age = new NpgsqlCommand("UPDATE outbox SET written_at = now() - interval '8 days' WHERE feed_merchant = $1 AND sequence <= 3", connection)
            {
                Parameters = { new() { Value = Merchant.Merchant.Value } },
            };
            Assert.Equal(3, await age.ExecuteNonQueryAsync());
        }

        await UntilAsync(async () => (await Merchant.GetAsync($"/v1/events?starting_after={ids[1]}")).Status == HttpStatusCode.Gone);
        Assert.Equal("cursor_too_old", (await Merchant.GetAsync($"/v1/events?starting_after={ids[0]}"))["code"]);
        Assert.Equal(ids[3..], await Telling.ListAsync(Merchant, after: ids[2]));   // nothing after it is missing
        Assert.Equal(ids[3..], await Telling.ListAsync(Merchant));
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.GetAsync($"/v1/events/{ids[1]}")).Status);
        using var refused = await EventStream.OpenAsync(Merchant, ids[1]);
        Assert.Equal(HttpStatusCode.Gone, refused.Status);
    }
}
