using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.UnitTests.Problems;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Identity;

public sealed class InternalIdentityTests
{
    private static readonly Caller Merchant = new(TestService.Merchant(42), Mode.Live, new Slot(42), "key_7", ["payments", "refunds"]);
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));

    private InternalIdentity Identity(string key = TestService.Key) => new(Options.Create(new InternalIdentityOptions { Key = key }), _time);

    [Fact]
    public void Verify_Signed_GivesTheCaller()
    {
        Assert.True(Identity().TryVerify(Identity().Sign(Merchant), out var caller));
        Assert.Equivalent(Merchant, caller, strict: true);
    }

    [Fact]
    public void Verify_Expired_IsRefused()
    {
        var signed = Identity().Sign(Merchant);
        _time.Advance(TimeSpan.FromSeconds(64));
        Assert.True(Identity().TryVerify(signed, out _));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(Identity().TryVerify(signed, out _));
    }

    [Fact]
    public void Verify_OtherKey_IsRefused() => Assert.False(Identity().TryVerify(Identity("another key of at least 32 characters").Sign(Merchant), out _));

    [Fact]
    public void Verify_AnyByteChanged_IsRefused()
    {
        var signed = Identity().Sign(Merchant);
        for (var i = 0; i < signed.Length; i++)
        {
            var forged = signed.ToCharArray();
            forged[i] = forged[i] == 'A' ? 'B' : 'A';
            Assert.False(Identity().TryVerify(new string(forged), out _) && forged[i] != signed[i] && !SameBytes(signed, new string(forged)), $"a change at {i} went unnoticed");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("e30.")]
    [InlineData(".e30")]
    [InlineData("e30")]
    [InlineData("e30.AAAA")]
    [InlineData("e30.not base64!")]
    public void Verify_Malformed_IsRefused(string? identity) => Assert.False(Identity().TryVerify(identity, out _));

    [Fact]
    public void Verify_SignedButNoCaller_IsRefused()
    {
        var payload = Base64Url.EncodeToString("null"u8);
        var signature = Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(TestService.Key), Encoding.ASCII.GetBytes(payload)));
        Assert.False(Identity().TryVerify($"{payload}.{signature}", out _));
    }

    [Fact]
    public async Task V1_WithoutIdentity_Is401AndTheEndpointDoesNotRun()
    {
        var ran = false;
        await using var service = await TestService.StartAsync(app => app.MapGet("/v1/things", () => ran = true));
        using var problem = await ProblemTests.ProblemAsync(await service.Client.GetAsync("/v1/things"), HttpStatusCode.Unauthorized, "unauthenticated");
        using var upper = await ProblemTests.ProblemAsync(await service.Client.GetAsync("/V1/things"), HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.False(ran);
    }

    [Fact]
    public async Task V1_WithIdentity_BindsTheCaller()
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/v1/me", (Caller caller) => caller.MerchantId.ToString()));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.Add(InternalIdentity.Header, service.Identity(TestService.Merchant(7)));
        var answer = await service.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("mer_", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task V1_TwoIdentities_Is401()
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/v1/me", (Caller caller) => caller.KeyId));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/me");
        request.Headers.Add(InternalIdentity.Header, [service.Identity(), service.Identity(TestService.Merchant(8))]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task V1_WhereCallersAreNotMerchants_NeedsNoIdentityAndNoKey()
    {
        await using var service = await TestService.StartAsync(app => app.MapGet("/v1/things", () => "thing"), add: null, ("test:verify", "false"), ("InternalIdentity:Key", ""));
        Assert.Equal("thing", await service.Client.GetStringAsync("/v1/things"));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("guess", HttpStatusCode.Unauthorized)]
    [InlineData("the operators' key", HttpStatusCode.OK)]
    public async Task Internal_OpsKey_IsRequired(string? key, HttpStatusCode expected)
    {
        await using var service = await TestService.StartAsync(app => app.MapPost("/internal/cutoff", () => Results.Ok()));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/cutoff");
        if (key is not null)
        {
            request.Headers.Add("X-Ops-Key", key);
        }

        Assert.Equal(expected, (await service.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Internal_NoOpsKeyConfigured_RefusesEverybody()
    {
        await using var service = await TestService.StartAsync(app => app.MapPost("/internal/cutoff", () => Results.Ok()), add: null, ("OpsKey", ""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/cutoff") { Headers = { { "X-Ops-Key", "" } } };
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.Client.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    public async Task Start_WithoutAProperKey_FailsAndSaysWhich(string key)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => TestService.StartAsync(_ => { }, add: null, ("InternalIdentity:Key", key)));
        Assert.Contains("InternalIdentity:Key", failure.Message, StringComparison.Ordinal);
    }

    // The last character of base64url may carry unused bits: then other text is the same bytes, which is no forgery.
    private static bool SameBytes(string left, string right)
    {
        try
        {
            return left.Split('.').Zip(right.Split('.')).All(pair => Base64Url.DecodeFromChars(pair.First).SequenceEqual(Base64Url.DecodeFromChars(pair.Second)));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
