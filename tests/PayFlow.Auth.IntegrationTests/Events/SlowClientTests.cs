using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Events;

[Collection(OneWorld.Name)]
public sealed class SlowClientTests(World world) : HostedTests(world)
{
    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:Events:Buffer"] = "200";
        settings["Auth:Events:SendTimeout"] = "00:05:00";   // however slow the machine is, it's the client that is slow
    };

    [Fact]
    public async Task Client_TooSlow_IsToldHowManyItMissedAndFindsThemInTheList()
    {
        const int Events = 15_000;
        using var stream = await EventStream.OpenAsync(Merchant, receiveBuffer: 4 * 1024);
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        var first = await stream.NextAsync();   // from here on it hears what happens; what was before is read at its own pace
        var quickHasHeardAll = HearAllAsync(first!.Id!);
        for (var told = 0; told < Events; told += 1_000)
        {
            await Telling.TellAsync(Host, Merchant.Merchant, 1_000);   // and nobody reads
        }

        await Telling.TellAsync(Host, Merchant.Merchant, 1, "payment.refunded");
        await quickHasHeardAll;   // so everything was offered to the slow one, too
        var (heard, dropped, fetched) = (new List<string> { first.Id! }, 0L, 0);
        var all = new List<string> { first.Id! };
        while (await stream.NextAsync() is { } next)
        {
            if (next.Name == "dropped")
            {
                var missed = await Telling.ListAsync(Merchant, (string)next.Data["starting_after"]!, (string)next.Data["until"]!);
                Assert.Equal((long)next.Data["count"]!, missed.Count);
                Assert.Equal(next.Id, missed[^1]);
                dropped += missed.Count;
                fetched++;
                all.AddRange(missed);
                continue;
            }

            heard.Add(next.Id!);
            all.Add(next.Id!);
            if ((string)next.Data["type"]! == "payment.refunded")
            {
                break;
            }
        }

        Assert.True(fetched > 0 && dropped > 0, "It was not too slow: nothing was tested.");
        Assert.Equal(Events + 2, heard.Count + dropped);
        Assert.Equal(await Telling.ListAsync(Merchant), all);
    }

    // Another client, which reads what comes.
    private async Task HearAllAsync(string after)
    {
        using var stream = await EventStream.OpenAsync(Merchant, after);
        while (await stream.NextAsync(60) is { } next && (string?)next.Data["type"] != "payment.refunded")
        {
            Assert.NotNull(next.Id);
        }
    }
}
