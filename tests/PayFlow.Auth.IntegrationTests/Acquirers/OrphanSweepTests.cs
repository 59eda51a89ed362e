using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Npgsql;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.IntegrationTests.Acquirers;

/// <summary>What was lost here by force is found in the acquirers' journals and reversed there.</summary>
[Collection(OneWorld.Name)]
public sealed class OrphanSweepTests(World world) : HostedTests(world)
{
    protected override Action<Dictionary<string, string?>> Settings => Eager;

    private string Database => Host.Get<IConfiguration>()["ConnectionStrings:payments"]!;

    [Fact]
    public async Task Sweep_LostAttempts_AreReversedAtEachAcquirerAndToldOnce()
    {
        var lost = new List<(string Acquirer, string Reference)>();
        foreach (var acquirer in (string[])["northbank", "harbor", "meridian"])
        {
            lost.Add((acquirer, await LoseAsync(await PaidAtAsync(acquirer))));
        }

        var kept = await Merchant.PayAsync();
        await AgeAsync();
        var reports = await SweepAsync();
        Assert.All(reports, report => Assert.Null(report["failure"]));
        Assert.Equal(lost.Order(), reports.SelectMany(Orphans).Order());
        Assert.All(await World.Acquirers.BooksAsync(lost.Select(orphan => orphan.Reference)), entry => Assert.Equal("reversed", (string?)entry["state"]));
        Assert.Equal("approved", (string?)Assert.Single(await BooksAsync(kept["id"]!))["state"]);

        var told = (await Operators.GetAsync(Host, "/internal/orphans"))["data"]!.AsArray();
        Assert.Equal(lost.Select(orphan => orphan.Reference).Order(), told.Select(orphan => (string)orphan!["reference"]!).Order());
        Assert.All(told, orphan => Assert.Equal(("reversed", null, 1500L), ((string?)orphan!["end"], (string?)orphan["here"], (long)orphan["amount"]!["amount"]!)));

        Assert.Empty((await SweepAsync()).SelectMany(Orphans));   // twice does nothing more
        Assert.Equal(3, (await Operators.GetAsync(Host, "/internal/orphans"))["data"]!.AsArray().Count);
        Assert.Empty((await Operators.GetAsync(Host, "/internal/orphans?open=true"))["data"]!.AsArray());
    }

    [Theory]
    [InlineData("not_processed", true)]
    [InlineData("reversed", true)]
    [InlineData("declined", true)]
    [InlineData("started", false)]   // open: its own payment resolves it
    [InlineData("unknown", false)]
    [InlineData("approved", false)]
    public async Task Sweep_StandsThereAndHereItIs_IsReversedOnlyWhenItCameToNothing(string state, bool isOrphan)
    {
        var paid = await Merchant.PayAsync();
        var reference = (await StoredAsync(paid["id"]!)).Attempts[0].Reference;
        await ExecuteAsync(
            "UPDATE attempts SET state = $2, finished_at = CASE WHEN $2 IN ('started', 'unknown') THEN NULL ELSE now() END WHERE reference = $1", reference, state);
        await AgeAsync();
        Assert.Equal(isOrphan, (await SweepAsync()).SelectMany(Orphans).Any(orphan => orphan.Reference == reference));
        Assert.Equal(isOrphan ? "reversed" : "approved", (string?)Assert.Single(await World.Acquirers.BooksAsync([reference]))["state"]);
    }

    [Fact]
    public async Task Sweep_YoungerThanItsAge_IsLeftForTheNextTime()
    {
        await using var patient = await AuthHost.StartAsync(World, settings =>
        {
            Eager(settings);
            settings["ConnectionStrings:payments"] = Database;
            settings["Auth:Orphans:MinAge"] = "00:10:00";
        });
        var reference = await LoseAsync(await Merchant.PayAsync());
        Assert.Empty((await patient.Get<OrphanSweep>().SweepAsync(onlyDue: false, CancellationToken.None))!.SelectMany(report => report.Orphans));
        await AgeAsync();
        Assert.Contains(("northbank", reference), (await SweepAsync()).SelectMany(Orphans));
    }

    [Fact]
    public async Task Sweep_CapturedThere_IsRefusedAndStaysOpenForPeople()
    {
        var paid = await Merchant.PayAsync(capture: true);
        var reference = await LoseAsync(paid);
        await AgeAsync();
        Assert.Contains(("northbank", reference), (await SweepAsync()).SelectMany(Orphans));
        var open = (await Operators.GetAsync(Host, "/internal/orphans?open=true"))["data"]!.AsArray().Single(orphan => (string?)orphan!["reference"] == reference)!;
        Assert.Equal(("refused", "captured"), ((string?)open["end"], (string?)open["reason"]));
    }

    // Another system may have an account at the same acquirer: its authorizations are not ours to reverse.
    [Fact]
    public async Task Sweep_AuthorizationsOfMerchantsThatAreNotHere_AreLeftAlone()
    {
        var other = await World.HostAsync();
        using var stranger = await other.NewMerchantAsync();
        var paid = await stranger.PayAsync();
        await AgeAsync();
        var northbank = (await SweepAsync()).Single(report => (string?)report["acquirer"] == "northbank");
        Assert.NotEqual(0, (int)northbank["foreign"]!);
        Assert.Equal("authorized", (await stranger.GetAsync($"/v1/payments/{paid["id"]}"))["status"]);
        var attempt = (await other.Get<PaymentStore>().FindAsync(Id.Parse(IdPrefix.Payment, paid["id"]!), CancellationToken.None))!.Attempts[0];
        Assert.Equal("approved", (string?)Assert.Single(await World.Acquirers.BooksAsync([attempt.Reference]))["state"]);
    }

    [Fact]
    public async Task Sweep_OneAcquirerAway_ComparesTheOthersAndGoesOnLater()
    {
        var lost = await LoseAsync(await PaidAtAsync("northbank"));
        var found = await LoseAsync(await PaidAtAsync("harbor"));
        await AgeAsync();
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["error_rate"] = 1.0 });
        await using (chaos)
        {
            var reports = await SweepAsync();
            Assert.NotNull(reports.Single(report => (string?)report["acquirer"] == "northbank")["failure"]);
            Assert.Contains(("harbor", found), reports.SelectMany(Orphans));
        }

        Assert.Contains(("northbank", lost), (await SweepAsync()).SelectMany(Orphans));
    }

    [Fact]
    public async Task Sweep_ByItself_RunsWhenItIsDue()
    {
        var reference = await LoseAsync(await Merchant.PayAsync());
        await using var daily = await AuthHost.StartAsync(World, settings =>
        {
            Eager(settings);
            settings["ConnectionStrings:payments"] = Database;
            settings["Auth:Orphans:Check"] = "00:00:00.2";
            settings["Auth:Orphans:Every"] = "00:00:01";
        });
        await UntilAsync(async () => (await World.Acquirers.BooksAsync([reference])) is [var there] && (string?)there["state"] == "reversed");
    }

    [Theory]
    [InlineData("auth.orphan.found")]
    [InlineData("auth.orphan.reversed")]
    public async Task Crash_InTheMiddle_GoesOnAndEndsTheSame(string crashPoint)
    {
        var references = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            references.Add(await LoseAsync(await Merchant.PayAsync()));
        }

        await AgeAsync();
        await using var process = new AuthProcess(World, Database, settings =>
        {
            Eager(settings);
            settings["Auth:Orphans:Check"] = "00:00:00.5";
            settings["Auth:Orphans:Every"] = "00:00:01";
        });
        await process.StartAsync($"{crashPoint}@2");
        await UntilAsync(() => Task.FromResult(!process.IsRunning), seconds: 30);
        Assert.Contains(await World.Acquirers.BooksAsync(references), entry => (string?)entry["state"] == "approved");   // it died before its end

        var again = await SweepAsync();
        Assert.All(again, report => Assert.Null(report["failure"]));
        Assert.All(await World.Acquirers.BooksAsync(references), entry => Assert.Equal("reversed", (string?)entry["state"]));
        var told = (await Operators.GetAsync(Host, "/internal/orphans"))["data"]!.AsArray().Where(orphan => references.Contains((string)orphan!["reference"]!)).ToList();
        Assert.Equal(3, told.Count);
        Assert.All(told, orphan => Assert.Equal("reversed", (string?)orphan!["end"]));
    }

    private static void Eager(Dictionary<string, string?> settings)
    {
        settings["Auth:Orphans:MinAge"] = "00:00:00";
        settings["Auth:Orphans:Check"] = "01:00:00";
        settings["Auth:Orphans:Page"] = "7";   // several pages, whatever other tests have left
    }

    /// <summary>The journal is asked for in whole seconds.</summary>
    private static Task AgeAsync() => Task.Delay(TimeSpan.FromSeconds(1.1));

    private async Task<IReadOnlyList<JsonObject>> SweepAsync() => [.. (await Operators.PostAsync(Host, "/internal/orphans/sweep"))["data"]!.AsArray().Select(report => report!.AsObject())];

    private static IEnumerable<(string Acquirer, string Reference)> Orphans(JsonObject report) =>
        report["orphans"]!.AsArray().Select(orphan => ((string)orphan!["acquirer"]!, (string)orphan["reference"]!));

    private async Task<Answer> PaidAtAsync(string acquirer)
    {
        await ExecuteAsync("UPDATE merchants SET acquirers = ARRAY[$2] WHERE id = $1", Merchant.Merchant.Value, acquirer);
        await using var other = await AuthHost.StartAsync(World, settings => settings["ConnectionStrings:payments"] = Database);   // which has not read the merchant yet
        using var client = Merchant.At(other);
        var paid = await client.PayAsync();
        Assert.Equal(acquirer, paid["acquirer"]);
        return paid;
    }

    /// <summary>Deletes everything that is known of a payment, behind Auth's back; gives its reference at the acquirer.</summary>
    private async Task<string> LoseAsync(Answer paid)
    {
        var payment = await StoredAsync(paid["id"]!);
        await ExecuteAsync(
            """
            BEGIN;
            ALTER TABLE history DISABLE TRIGGER history_append_only;
            DELETE FROM history WHERE payment_id = '{0}'; DELETE FROM attempts WHERE payment_id = '{0}'; DELETE FROM operations WHERE payment_id = '{0}';
            DELETE FROM idempotency_keys WHERE payment_id = '{0}'; DELETE FROM payments WHERE id = '{0}';
            ALTER TABLE history ENABLE TRIGGER history_append_only;
            COMMIT
            """.Replace("{0}", payment.Id.Value.ToString(), StringComparison.Ordinal));
        return payment.Attempts[0].Reference;
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync();
    }
}
