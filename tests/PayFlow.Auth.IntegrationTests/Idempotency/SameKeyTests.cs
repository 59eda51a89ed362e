using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Idempotency;

[Collection(OneWorld.Name)]
public sealed class SameKeyTests(World world)
{
    private const int AtOnce = 50;

    [Fact]
    public async Task Create_FiftyAtOnce_IsOnePaymentAndOneAuthorization()
    {
        var host = await world.HostAsync();
        var answers = await FiftyAsync(host);
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString()));
        Assert.Equal(1, answers.Count(answer => !answer.IsReplay));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
    }

    [Fact]
    public async Task Create_FiftyAtOnceInTwoProcesses_IsOnePaymentAndOneAuthorization()
    {
        var host = await world.HostAsync();
        await using var other = await AuthHost.StartAsync(world);
        var answers = await FiftyAsync(host, other);
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created || (answer.Status == HttpStatusCode.Conflict && answer.Headers.ContainsKey("Retry-After")), answer.ToString()));
    }

    [Fact]
    public async Task Create_RedisStopped_IsStillOnce()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var host = await AuthHost.StartAsync(world, settings => settings["ConnectionStrings:redis"] = redis.Address);
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync();
        var key = MerchantClient.NewKey();
        var first = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        var cached = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);

        await redis.KillAsync();
        var fromPostgres = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        var other = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 1600), key);
        Assert.Equal((HttpStatusCode.Created, first.Text, first.Text), (first.Status, cached.Text, fromPostgres.Text));
        Assert.Equal((true, true, HttpStatusCode.UnprocessableEntity), (cached.IsReplay, fromPostgres.IsReplay, other.Status));
        await FiftyAsync(host);

        await redis.StartAsync();   // back, and empty
        var again = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task Create_RedisAwayAtTheStart_Works()
    {
        await using var host = await AuthHost.StartAsync(world, settings => settings["ConnectionStrings:redis"] = $"127.0.0.1:{FreePort.Next()}");
        await FiftyAsync(host);
    }

    [Fact]
    public async Task Create_RedisHangs_CostsItsTimeOutOnceAndThenNothing()
    {
        // Takes connections and never answers.
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var host = await AuthHost.StartAsync(world, settings => settings["ConnectionStrings:redis"] = $"{silent.LocalEndpoint}");
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync();
        var key = MerchantClient.NewKey();
        var first = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        var second = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        Assert.Equal((HttpStatusCode.Created, first.Text, true), (first.Status, second.Text, second.IsReplay));
    }

    [Fact]
    public async Task Create_RedisSlowOrEmptiedInTheMiddle_FallsThroughToPostgres()
    {
        await using var redis = await RedisServer.StartNewAsync();
        using var lines = new LogLines();
        await using var host = await AuthHost.StartAsync(
            world,
            settings =>
            {
                settings["ConnectionStrings:redis"] = redis.Address;
                settings["Auth:Idempotency:CacheRest"] = "00:01:00";
            },
            logging => logging.AddProvider(lines));
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync();
        var key = MerchantClient.NewKey();
        var first = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        await SayAsync(redis, "FLUSHALL");
        var emptied = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        Assert.Equal((first.Text, true), (emptied.Text, emptied.IsReplay));
        Assert.Equal(0, lines.Count("Redis is slow or away"));

        await SayAsync(redis, "CLIENT PAUSE 60000 ALL");   // connected, and silent for longer than anybody waits
        var slow = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        var other = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 1600), key);
        var paid = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token, 1700), MerchantClient.NewKey());
        Assert.Equal((first.Text, true), (slow.Text, slow.IsReplay));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.Created), (other.Status, paid.Status));
        Assert.Equal(1, lines.Count("Redis is slow or away"));   // its time-out was waited for once; after that it is left alone
    }

    [Fact]
    public async Task Create_AnswerInRedis_IsUsed()
    {
        // The proof that Redis is in front: what Postgres has is gone for this key, and the answer is the same.
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync();
        var key = MerchantClient.NewKey();
        var first = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        await using var database = new Npgsql.NpgsqlConnection(world.PaymentsDatabase);
        await database.OpenAsync();
        await using var forget = new Npgsql.NpgsqlCommand("UPDATE idempotency_keys SET response_body = '{}' WHERE key = $1", database) { Parameters = { new() { Value = key } } };
        Assert.Equal(1, await forget.ExecuteNonQueryAsync());
        Assert.Equal(first.Text, (await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key)).Text);
    }

    [Fact]
    public async Task Create_SameKeyOfAnotherMerchantOrMode_IsAnotherKey()
    {
        var host = await world.HostAsync();
        using var one = await host.NewMerchantAsync();
        using var two = await host.NewMerchantAsync();
        var key = MerchantClient.NewKey();
        var first = await one.PostAsync("/v1/payments", MerchantClient.Create(await one.TokenAsync()), key);
        var second = await two.PostAsync("/v1/payments", MerchantClient.Create(await two.TokenAsync()), key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.Status, second.Status));
        Assert.NotEqual(first["id"], second["id"]);
    }

    [Fact]
    public async Task Create_FieldsInAnotherOrder_IsTheSameRequest()
    {
        var host = await world.HostAsync();
        using var merchant = await host.NewMerchantAsync();
        var token = await merchant.TokenAsync();
        var key = MerchantClient.NewKey();
        var first = await merchant.PostAsync("/v1/payments", $$$"""{"amount":{"amount":1500,"currency":"USD"},"payment_method":{"type":"card","token":"{{{token}}}"}}""", key);
        var second = await merchant.PostAsync("/v1/payments", $$"""{ "payment_method":{"token":"{{token}}","type":"card"}, "amount":{"currency":"USD","amount":1500}, "reference":null }""", key);
        Assert.True(second.IsReplay, second.ToString());
        Assert.Equal(first.Text, second.Text);
    }

    private static async Task SayAsync(RedisServer redis, string command)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync("127.0.0.1", redis.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{command}\r\n"));
        var answer = new byte[64];
        var length = await stream.ReadAsync(answer);
        Assert.Equal("+OK\r\n", System.Text.Encoding.ASCII.GetString(answer, 0, length));
    }

    private async Task<IReadOnlyList<Answer>> FiftyAsync(params AuthHost[] hosts)
    {
        using var merchant = await hosts[0].NewMerchantAsync();
        var clients = hosts.Select(merchant.At).ToList();
        var token = await merchant.TokenAsync();
        var key = MerchantClient.NewKey();
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => clients[i % clients.Count].PostAsync("/v1/payments", MerchantClient.Create(token, 4200), key)));
        clients.ForEach(client => client.Dispose());

        var id = Assert.Single(answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer["id"]).Distinct());
        Assert.Single((await merchant.GetAsync("/v1/payments")).Body["data"]!.AsArray());
        var payment = await hosts[0].Get<Auth.Payments.PaymentStore>().FindAsync(Id.Parse(IdPrefix.Payment, id!), CancellationToken.None);
        Assert.Equal(4200, payment!.Amounts.Authorized);
        var attempt = Assert.Single(payment.Attempts);
        Assert.Equal(4200, (long)Assert.Single(await world.Acquirers.BooksAsync([attempt.Reference]))["amount"]!);
        return answers;
    }
}
