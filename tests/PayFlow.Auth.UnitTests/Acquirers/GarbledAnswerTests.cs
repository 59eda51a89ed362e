using System.Net;
using System.Text;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.UnitTests.Payments;
using PayFlow.Auth.Vault;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.UnitTests.Acquirers;

/// <summary>What can't be understood is never taken for a decline or an approval: the acquirer may have acted.</summary>
public sealed class GarbledAnswerTests
{
    private static readonly Uri Address = new("http://acquirer.example/gateway");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("<html>Please come back later</html>")]
    [InlineData("""{"result":"approved"}""")]                                   // approved, and no id: nothing could be captured
    [InlineData("""{"result":"declined","external_id":"nb_1"}""")]
    [InlineData("""{"result":"maybe","external_id":"nb_1"}""")]
    public Task Json_NotUnderstood_IsUnclear(string body) => AssertUnclearAsync(new JsonAcquirer("northbank", Address, Saying(body)));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<html>Please come back later</html>")]
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>00</ResponseCode>")]   // cut off
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>00</ResponseCode></Transaction></GatewayResponse>")]   // approved, and no id
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_2'><ResponseCode>05</ResponseCode></Transaction></GatewayResponse>")]   // of another transaction
    [InlineData("<GatewayResponse><Transaction action='VOID' id='att_1'><ResponseCode>05</ResponseCode></Transaction></GatewayResponse>")]   // of another action
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>96</ResponseCode></Transaction></GatewayResponse>")]   // system malfunction
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>68</ResponseCode></Transaction></GatewayResponse>")]   // response received too late
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>94</ResponseCode></Transaction></GatewayResponse>")]   // duplicate transmission
    [InlineData("<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode/></Transaction></GatewayResponse>")]
    [InlineData("<!DOCTYPE x [<!ENTITY e '05'>]><GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>&e;</ResponseCode></Transaction></GatewayResponse>")]
    [InlineData("<!DOCTYPE x SYSTEM 'http://elsewhere.example/x.dtd'><GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>05</ResponseCode></Transaction></GatewayResponse>")]
    public Task Xml_NotUnderstood_IsUnclear(string body) => AssertUnclearAsync(new XmlAcquirer("harbor", Address, Saying(body)));

    [Fact]
    public Task Xml_LargerThanItsBound_IsUnclear() => AssertUnclearAsync(new XmlAcquirer("harbor", Address, Saying(
        $"<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>05</ResponseCode>{new string(' ', 1_100_000)}</Transaction></GatewayResponse>")));

    [Theory]
    [InlineData("")]
    [InlineData("STATUS")]
    [InlineData("{}")]
    [InlineData("<html>Please come back later</html>")]
    [InlineData("STATUS=0\nREQTYPE=A\nORDER=att_1\nEND=Y\n")]                  // approved, and no id
    [InlineData("STATUS=110\nREQTYPE=A\nORDER=att_1\n")]                       // cut off before its end
    [InlineData("STATUS=110\nREQTYPE=A\nORDER=att_2\nEND=Y\n")]
    [InlineData("STATUS=110\nREQTYPE=V\nORDER=att_1\nEND=Y\n")]
    [InlineData("STATUS=-1\nREQTYPE=A\nORDER=att_1\nEND=Y\n")]                 // not known there either
    [InlineData("STATUS=7\nREQTYPE=A\nORDER=att_1\nEND=Y\n")]
    [InlineData("STATUS=110\nSTATUS=0\nREQTYPE=A\nORDER=att_1\nEND=Y\n")]      // both ways at once
    public Task Form_NotUnderstood_IsUnclear(string body) => AssertUnclearAsync(new FormAcquirer("meridian", Address, Saying(body)));

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.Found, true)]
    [InlineData(HttpStatusCode.Forbidden, true)]
    [InlineData(HttpStatusCode.TooManyRequests, false)]   // the one that says that nothing was done
    public async Task Any_OtherStatus_IsUnclearUnlessItSaysThatNothingWasDone(HttpStatusCode status, bool unknown)
    {
        using var http = Saying("", status);
        foreach (IAcquirer acquirer in new IAcquirer[] { new JsonAcquirer("a", Address, http), new XmlAcquirer("b", Address, http), new FormAcquirer("c", Address, http) })
        {
            Assert.Equal(unknown, (await Assert.ThrowsAsync<AcquirerFailedException>(() => AuthorizeAsync(acquirer))).OutcomeUnknown);
        }
    }

    // The same bodies, whole, are understood: else the tests above would pass for the wrong reason.
    [Fact]
    public async Task Any_WholeDecline_IsOne()
    {
        Assert.Equal("card_declined", (await AuthorizeAsync(new JsonAcquirer("a", Address, Saying("""{"result":"declined","external_id":"nb_1","decline_code":"card_declined"}""")))).Code);
        Assert.Equal("card_declined", (await AuthorizeAsync(new XmlAcquirer("b", Address, Saying(
            "<GatewayResponse><Transaction action='AUTH' id='att_1'><ResponseCode>05</ResponseCode></Transaction></GatewayResponse>")))).Code);
        Assert.Equal("card_declined", (await AuthorizeAsync(new FormAcquirer("c", Address, Saying("STATUS=110\nREQTYPE=A\nORDER=att_1\nEND=Y\n")))).Code);
    }

    private static async Task AssertUnclearAsync(IAcquirer acquirer) => Assert.True((await Assert.ThrowsAsync<AcquirerFailedException>(() => AuthorizeAsync(acquirer))).OutcomeUnknown);

    private static Task<AuthorizationAnswer> AuthorizeAsync(IAcquirer acquirer) =>
        acquirer.AuthorizeAsync(new AuthorizationCall("att_1", Make.Merchant, new Money(1500, Currency.Usd), new OpenCard("4242424242424242", 12, 2030, "123"), Authenticated: false), CancellationToken.None);

    private static HttpClient Saying(string body, HttpStatusCode status = HttpStatusCode.OK) => new(new Answering(body, status));

    private sealed class Answering(string body, HttpStatusCode status) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") });
    }
}
