using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Payments;

[Collection(OneWorld.Name)]
public sealed class BadInputTests(World world) : HostedTests(world)
{
    [Theory]
    [InlineData("{", "body")]
    [InlineData("[]", "body")]
    [InlineData("", "body")]
    [InlineData("{}", "amount,payment_method")]
    [InlineData("""{"amount":{"amount":-5,"currency":"usd"},"payment_method":{"type":"cash","token":"tok_1"}}""", "amount.amount,amount.currency,payment_method.token,payment_method.type")]
    [InlineData("""{"amount":{"amount":0,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", "amount.amount")]
    [InlineData("""{"amount":{"amount":1000000000000,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", "amount.amount")]
    [InlineData("""{"amount":{"amount":99999999999999999999,"currency":"XXX"},"payment_method":{"type":"card","token":"TOKEN"}}""", "amount.amount,amount.currency")]
    [InlineData("""{"amount":{"amount":15.5,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"}}""", "amount.amount")]
    [InlineData("""{"amount":"15.00 USD","payment_method":[],"capture":"yes","metadata":{"a":1},"reference":7}""", "amount,capture,metadata.a,payment_method,reference")]
    [InlineData("""{"amount":{"amount":1,"currency":"USD","cents":2},"payment_method":{"type":"card","token":"TOKEN"},"amout":1}""", "amount.cents,amout")]
    [InlineData("""{"amount":{"amount":1,"currency":"USD"},"payment_method":{"type":"card","token":"TOKEN"},"customer":{"ip_address":"here","email":"nobody","country":"usa"},"billing":{"country":"us"}}""", "billing.country,customer.country,customer.email,customer.ip_address")]
    public async Task Create_WrongBody_NamesEveryFieldAndChangesNothing(string body, string fields)
    {
        var key = MerchantClient.NewKey();
        var token = await Merchant.TokenAsync();
        var answer = await Merchant.PostAsync("/v1/payments", body.Replace("TOKEN", token, StringComparison.Ordinal), key);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        var named = answer.Body["errors"] is JsonArray errors ? errors.Select(error => (string)error!["param"]!) : [answer["param"]!];
        Assert.Equal(fields, string.Join(',', named.Order(StringComparer.Ordinal)));

        // The key is still free: nothing was stored under it.
        var right = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        Assert.Equal((HttpStatusCode.Created, false), (right.Status, right.IsReplay));
        Assert.Single((await Merchant.GetAsync("/v1/payments")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task Create_WithoutKeyAndWithWrongAmount_NamesBoth()
    {
        var answer = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync(), -1));
        Assert.Equal(["Idempotency-Key", "amount.amount"], answer.Body["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Create_KeyInTheBody_IsTaken()
    {
        var body = JsonNode.Parse(MerchantClient.Create(await Merchant.TokenAsync()))!.AsObject();
        body["idempotency_key"] = MerchantClient.NewKey();
        var first = await Merchant.PostAsync("/v1/payments", body.ToJsonString());
        var inHeader = (string)body["idempotency_key"]!;
        body.Remove("idempotency_key");
        var second = await Merchant.PostAsync("/v1/payments", body.ToJsonString(), inHeader);
        Assert.Equal((HttpStatusCode.Created, true, first.Text), (first.Status, second.IsReplay, second.Text));
    }

    [Theory]
    [InlineData("""{"type":"card"}""", "card")]
    [InlineData("""{"type":"iban","card":{"number":"4242424242424241","exp_month":13,"exp_year":1999,"cvc":"12x"}}""", "card.cvc,card.exp_month,card.exp_year,card.number,type")]
    [InlineData("""{"type":"card","card":{"number":"4242424242424242","exp_month":1,"exp_year":2020}}""", "card.exp_year")]
    [InlineData("""{"type":"card","card":{"number":4242424242424242,"exp_month":"12","exp_year":2030}}""", "card.exp_month,card.number")]
    public async Task Token_WrongCard_NamesEveryFieldAndNeverRepeatsTheNumber(string body, string fields)
    {
        var answer = await Merchant.PostAsync("/v1/tokens", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(fields, string.Join(',', answer.Body["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order(StringComparer.Ordinal)));
        Assert.DoesNotContain("42424242", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Capture_WrongBody_NamesEveryField()
    {
        var paid = await Merchant.PayAsync();
        var answer = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/capture", """{"amount":{"amount":-1,"currency":"usd"},"final":1,"amout":2}""", MerchantClient.NewKey());
        Assert.Equal(
            ["amount.amount", "amount.currency", "amout", "final"],
            answer.Body["errors"]!.AsArray().Select(error => (string)error!["param"]!).Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.PostAsync($"/v1/payments/{paid["id"]}/capture", "{}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.CaptureAsync(paid["id"]!, 100, currency: "EUR")).Status);
        Assert.Equal(4, (await Merchant.HistoryAsync(paid["id"]!)).Count);
    }

    [Theory]
    [InlineData("pay_1")]
    [InlineData("tok_01jz3k4m5n6p7q8r9s0t1v2w3x")]
    [InlineData("%27%3B--")]
    public async Task Get_NoSuchPayment_Is404(string id)
    {
        var answer = await Merchant.GetAsync($"/v1/payments/{id}");
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer["code"]));
    }

    [Fact]
    public async Task Capture_PaymentThatNeverWas_Is404()
    {
        var unknown = Id.New(IdPrefix.Payment, Merchant.Merchant.Slot, TimeProvider.System.GetUtcNow());
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.CaptureAsync(unknown.ToString())).Status);
    }

    [Fact]
    public async Task Create_TokenThatNeverWas_Is404NamingIt()
    {
        var unknown = Id.New(IdPrefix.Token, Merchant.Merchant.Slot, TimeProvider.System.GetUtcNow());
        var answer = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(unknown.ToString()), MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.NotFound, "payment_method.token"), (answer.Status, answer["param"]));
    }

    [Fact]
    public async Task AnyCall_WithoutIdentity_Is401()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        using var answer = await http.GetAsync(new Uri("/v1/payments", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}
