using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Merchants;

[Collection(OneWorld.Name)]
public sealed class AdministrationTests(World world) : HostedTests(world), IDisposable
{
    private AdministratorClient? administrator;

    private AdministratorClient Administrator => administrator ??= Host.Administrator();

    public void Dispose() => administrator?.Dispose();

    [Fact]
    public async Task Onboard_EverySetting_IsAsAsked()
    {
        var made = await Administrator.PostAsync(
            "/admin/v1/merchants",
            """
            {"name":"Ada's books","time_zone":"Europe/Berlin","country":"DE","home_region":"eu","cutoff":"18:30","capture_mode":"automatic","hold_days":5,"rate_limit":42,"acquirers":["harbor","northbank"]}
            """);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        var found = await Administrator.GetAsync($"/admin/v1/merchants/{made["id"]}");
        Assert.Equal(made.Text, found.Text);
        Assert.Equal(
            ("Ada's books", "Europe/Berlin", "DE", "eu", "18:30", "automatic", 5, 42, "harbor", 1L),
            (found["name"], found["time_zone"], found["country"], found["home_region"], found["cutoff"], found["capture_mode"], (int)found.Body["hold_days"]!, (int)found.Body["rate_limit"]!,
                (string?)found.Body["acquirers"]![0], (long)found.Body["version"]!));

        using var merchant = Host.ClientOf(Id.Parse(IdPrefix.Merchant, made["id"]!));
        Assert.Equal("captured", (await merchant.PayAsync())["status"]);   // the settings are what payments go by
        var account = (await merchant.GetAsync("/v1/account")).Body;
        Assert.True(JsonNode.DeepEquals(found.Body, account["merchant"]), account.ToJsonString());
        Assert.Equal("test", (string?)account["mode"]);
    }

    [Fact]
    public async Task Onboard_WrongFields_NamesThemAll()
    {
        var refused = await Administrator.PostAsync(
            "/admin/v1/merchants",
            """
            {"time_zone":"Nowhere/Land","country":"de","home_region":"moon","cutoff":"25:00","capture_mode":"later","hold_days":0,"rate_limit":0,"acquirers":["nobody"],"color":"red"}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(
            ["acquirers", "capture_mode", "color", "country", "cutoff", "hold_days", "home_region", "name", "rate_limit", "time_zone"],
            refused.Body["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order());
    }

    [Fact]
    public async Task Onboard_FortyAtOnceUnderOneKey_IsOneMerchant()
    {
        await using var second = await AuthHost.StartAsync(World);
        using var elsewhere = second.Administrator("bob");
        var key = MerchantClient.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? Administrator : elsewhere).PostAsync("/admin/v1/merchants", """{"name":"Once"}""", key)));
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString()));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Single(answers, answer => !answer.IsReplay);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Administrator.PostAsync("/admin/v1/merchants", """{"name":"Other"}""", key)).Status);
        Assert.Single((await Administrator.GetAsync($"/admin/v1/merchants/{answers[0]["id"]}/audit")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task Change_FromTheVersionSeen_IsMadeOnceAndAudited()
    {
        var merchant = await Administrator.OnboardAsync();
        var path = $"/admin/v1/merchants/{merchant}";
        var seen = (await Administrator.GetAsync(path)).Headers["ETag"];
        var changed = await Administrator.PatchAsync(path, """{"rate_limit":250,"acquirers":["harbor"]}""", seen);
        Assert.Equal((HttpStatusCode.OK, 250, 2L, "\"2\""), (changed.Status, (int)changed.Body["rate_limit"]!, (long)changed.Body["version"]!, changed.Headers["ETag"]));
        Assert.Equal("Shop", changed["name"]);   // what is left out stays

        var again = await Administrator.PatchAsync(path, """{"rate_limit":300}""", seen);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "changed_meanwhile"), (again.Status, again["code"]));
        Assert.Equal(HttpStatusCode.BadRequest, (await Administrator.PatchAsync(path, """{"rate_limit":300}""", seen: null)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Administrator.PatchAsync(path, """{"acquirers":["harbor","harbor"]}""", "\"2\"")).Status);

        var lines = (await Administrator.GetAsync($"{path}/audit")).Body["data"]!.AsArray();
        Assert.Equal(["merchant.changed", "merchant.created"], lines.Select(line => (string?)line!["action"]));
        Assert.Equal(
            ("administrator:ada", merchant.ToString(), 100, 250),
            ((string?)lines[0]!["actor"], (string?)lines[0]!["subject"], (int)lines[0]!["before"]!["rate_limit"]!, (int)lines[0]!["after"]!["rate_limit"]!));
    }

    [Fact]
    public async Task Change_TwentyAtOnceOfOneVersion_OneWins()
    {
        var merchant = await Administrator.OnboardAsync();
        var answers = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Administrator.PatchAsync($"/admin/v1/merchants/{merchant}", $$"""{"rate_limit":{{i}}}""", "\"1\"")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.Status == HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task List_PageAfterPage_HasEveryMerchantOnce()
    {
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            made.Add((await Administrator.OnboardAsync($"Shop {i}")).ToString());
        }

        var (listed, after, hasMore) = (new List<string>(), "", true);
        while (hasMore && !made.TrueForAll(listed.Contains))
        {
            var page = (await Administrator.GetAsync($"/admin/v1/merchants?limit=2{after}")).Body;
            listed.AddRange(page["data"]!.AsArray().Select(merchant => (string)merchant!["id"]!));
            (after, hasMore) = ($"&starting_after={listed[^1]}", (bool)page["has_more"]!);
        }

        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Equal(made.AsEnumerable().Reverse(), listed.Where(made.Contains));
    }

    [Theory]
    [InlineData("GET", "/admin/v1/merchants/mer_00000000000000000000000000")]
    [InlineData("GET", "/admin/v1/merchants/{made-up}")]
    [InlineData("GET", "/admin/v1/merchants/{made-up}/audit")]
    [InlineData("GET", "/admin/v1/merchants/{made-up}/api-keys")]
    public async Task Merchant_ThatIsNotThere_Is404(string method, string path)
    {
        Assert.Equal("GET", method);
        var madeUp = Id.New(IdPrefix.Merchant, new Slot(7), DateTimeOffset.UnixEpoch.AddYears(50)).ToString();
        var answer = await Administrator.GetAsync(path.Replace("{made-up}", madeUp, StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer["code"]));
    }

    [Fact]
    public async Task Administration_MerchantsIdentity_Is401()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        var identity = Host.Get<ServiceDefaults.Identity.InternalIdentity>().Sign(new ServiceDefaults.Identity.Caller(Merchant.Merchant, Mode.Live, Merchant.Merchant.Slot, "key_1", ["keys:write"]));
        foreach (var header in new[] { "X-PayFlow-Identity", "X-PayFlow-Administrator" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/merchants") { Headers = { { header, identity } } };
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.SendAsync(request)).StatusCode);
        }
    }

    [Theory]
    [InlineData("UPDATE merchants SET country = 'de'", "merchants_country_letters")]
    [InlineData("UPDATE merchants SET home_region = 'The Moon'", "merchants_region_named")]
    [InlineData("UPDATE merchants SET version = 0", "merchants_version_positive")]
    [InlineData("UPDATE merchants SET hold_days = 31", "merchants_hold_days_range")]
    public async Task Database_BrokenRule_IsRefusedByName(string sql, string constraint)
    {
        await using var connection = new NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"{sql} WHERE id = $1", connection) { Parameters = { new() { Value = Merchant.Merchant.Value } } };
        Assert.Equal(constraint, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).ConstraintName);
    }
}
