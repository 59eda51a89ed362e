using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Testing;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Chain;

/// <summary>
/// A ledger whose first block is signed at once. A payment is in blocks 2 and 4, which are signed with block 5 because that is four blocks on; another one is in block 6, which is
/// signed in an hour.
/// </summary>
public sealed class ProvenLedger : IAsyncLifetime
{
    public LedgerHost Host { get; private set; } = null!;

    public Id Merchant { get; private set; }

    public Id Payment { get; private set; }

    public Id UnsignedPayment { get; private set; }

    public string Hold { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Host = await LedgerHost.StartAsync(1, ("Ledger:Chain:HeadInterval", "01:00:00"), ("Ledger:Chain:HeadBlocks", "4"));
        var asking = new Asking(Host);
        Merchant = asking.Merchant;
        await asking.AskAsync(Other());
        await Host.SignedAsync();

        Payment = Id.New(IdPrefix.Payment, Merchant.Slot, TimeProvider.System.GetUtcNow());
        var hold = Of(Payment, asking.Held(asking.Receivable, asking.Available, 100));
        var end = asking.End(hold.TransferId, 60);
        end.ExternalReference = "naïve €";
        Hold = hold.TransferId;
        await asking.AskAsync(Other(), hold, Other());
        await asking.AskAsync(Other());
        await asking.AskAsync(Other(), Other(), end, Of(Payment, asking.Posted(asking.Available, asking.Revenue, 2)), Other());
        await asking.AskAsync(Other());
        await Host.SignedAsync();

        UnsignedPayment = Payment.Derive(IdPrefix.Payment, "unsigned");
        await asking.AskAsync(Of(UnsignedPayment, Other()));

        Contract.NewTransfer Other() => asking.Posted(asking.Receivable, asking.Available, 1);

        static Contract.NewTransfer Of(Id payment, Contract.NewTransfer transfer)
        {
            transfer.PaymentId = payment.ToString();
            return transfer;
        }
    }

    public async Task DisposeAsync() => await Host.DisposeAsync();
}

/// <summary>Proofs as merchants get them, checked by the offline checker as a process of its own.</summary>
public sealed class PaymentProofTests(ProvenLedger ledger) : IClassFixture<ProvenLedger>
{
    [Fact]
    public async Task GetProof_NotSignedYet_SaysWhenToComeBack()
    {
        using var answer = await GetAsync(ledger.Merchant, Mode.Test, ledger.UnsignedPayment.ToString());

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("not_signed_yet", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]);
        Assert.Equal(TimeSpan.FromHours(1), answer.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task GetProof_Signed_IsProvenByTheCheckerAndNothingChangedIs()
    {
        var proof = await ProofAsync();

        Assert.Equal(3, proof["transfers"]!.AsArray().Count);
        Assert.Equal([2, 3, 4, 5], proof["chains"]!.AsArray().Single()!["blocks"]!.AsArray().Select(block => (int)block!["number"]!));
        var (code, output) = await CheckAsync(proof, HeadKeyOfTests.Public);
        Assert.Equal((0, 3), (code, output.Split("  proven: ").Length - 1));
        Assert.Contains($"{ledger.Hold}  transfer 100 USD", output, StringComparison.Ordinal);

        // Whatever is changed is refused, and only that.
        (string What, Action<JsonNode> Change, int StillProven)[] changes =
        [
            ("amount", changed => changed["transfers"]![0]!["fields"]!["amount"] = 101, 2),
            ("account", changed => changed["transfers"]![2]!["fields"]!["credit"] = "suspense", 2),
            ("time", changed => changed["transfers"]![1]!["fields"]!["effective_at"] = "2026-01-01T00:00:00.000000Z", 2),
            ("reference", changed => changed["transfers"]![1]!["fields"]!["external_reference"] = null, 2),
            ("own balance", changed => changed["transfers"]![1]!["fields"]!["credited_after"]!["balance"] = -61, 2),
            ("position", changed => changed["transfers"]![0]!["position"] = 0, 2),
            ("path", changed => changed["transfers"]![0]!["path"]!.AsArray().RemoveAt(0), 2),
            ("payment", changed => changed["payment"] = Id.New(IdPrefix.Payment, ledger.Payment.Slot, ledger.Payment.Time).ToString(), 0),
            ("root", changed => changed["chains"]![0]!["blocks"]![1]!["root"] = new string('0', 64), 0),
            ("missing block", changed => changed["chains"]![0]!["blocks"]!.AsArray().RemoveAt(1), 0),
            ("head", changed => changed["chains"]![0]!["head"]!["transfers"] = 1, 0),
            ("no transfers", changed => changed["transfers"] = new JsonArray(), 0),
        ];
        foreach (var (what, change, stillProven) in changes)
        {
            var changed = proof.DeepClone();
            change(changed);
            (code, output) = await CheckAsync(changed, HeadKeyOfTests.Public);
            Assert.True((code, stillProven) == (1, output.Split("  proven: ").Length - 1), $"A changed {what}: exit code {code}\n{output}");
        }

        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (code, output) = await CheckAsync(proof, other.ExportSubjectPublicKeyInfoPem());
        Assert.Equal(1, code);
        Assert.Contains("was not signed by this key", output, StringComparison.Ordinal);
        Assert.Equal(2, (await CheckAsync(new JsonObject(), HeadKeyOfTests.Public)).Code);
    }

    [Fact]
    public async Task GetProof_BalancesOfThePlatform_AreNotTold()
    {
        var hold = (await ProofAsync())["transfers"]![0]!["fields"]!;

        Assert.Equal("acquirer_receivable/northbank", (string?)hold["debit"]);
        Assert.Null(hold["debited_after"]!["entry"]);
        Assert.Null(hold["debited_after"]!["balance"]);
        Assert.Equal((3, -2), ((long)hold["credited_after"]!["entry"]!, (long)hold["credited_after"]!["balance"]!));
    }

    [Fact]
    public async Task GetProof_OfAnothersPaymentOrModeOrNone_IsNotFound()
    {
        using var another = await GetAsync(new Asking(ledger.Host).Merchant, Mode.Test);
        using var live = await GetAsync(ledger.Merchant, Mode.Live);
        using var malformed = await GetAsync(ledger.Merchant, Mode.Test, "pay_1");

        Assert.Equal([HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound], [another.StatusCode, live.StatusCode, malformed.StatusCode]);
    }

    [Fact]
    public async Task GetProof_RowChanged_IsNotHandedOut()
    {
        await ledger.Host.AsSuperuserAsync("UPDATE transfers SET amount = amount + 1 WHERE block = 4 AND position = 0");
        using var answer = await GetAsync(ledger.Merchant, Mode.Test);
        await ledger.Host.AsSuperuserAsync("UPDATE transfers SET amount = amount - 1 WHERE block = 4 AND position = 0");

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("proof_not_available", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]);
    }

    [Fact]
    public async Task GetProof_OverGrpc_IsTheSameDocument()
    {
        var proof = await ProofAsync();

        var answer = await ledger.Host.Chain.GetProofAsync(new() { PaymentId = ledger.Payment.ToString(), MerchantId = ledger.Merchant.ToString(), Mode = Contracts.Common.V1.Mode.Test });

        Assert.True(JsonNode.DeepEquals(proof, JsonNode.Parse(answer.Json)));
    }

    [Fact]
    public async Task ListKeys_AnyMerchant_HasTheKeyThatSigns()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/ledger/keys");
        request.Headers.Add(InternalIdentity.Header, ledger.Host.Identity(ledger.Merchant, Mode.Live));
        using var answer = await ledger.Host.Http.SendAsync(request);

        var key = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["data"]!.AsArray().Single()!;
        Assert.Equal((HeadKeyOfTests.Public, "ecdsa-p256-sha256"), ((string?)key["pem"], (string?)key["algorithm"]));
        Assert.Equal((string?)(await ProofAsync())["chains"]![0]!["head"]!["key_id"], (string?)key["id"]);
    }

    private async Task<JsonNode> ProofAsync()
    {
        using var answer = await GetAsync(ledger.Merchant, Mode.Test);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private async Task<HttpResponseMessage> GetAsync(Id merchant, Mode mode, string? payment = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/payments/{payment ?? ledger.Payment.ToString()}/proof");
        request.Headers.Add(InternalIdentity.Header, ledger.Host.Identity(merchant, mode));
        return await ledger.Host.Http.SendAsync(request);
    }

    internal static async Task<(int Code, string Output)> CheckAsync(JsonNode proof, string key)
    {
        var folder = Directory.CreateTempSubdirectory("payflow-proof-").FullName;
        var (proofPath, keyPath) = (Path.Combine(folder, "proof.json"), Path.Combine(folder, "key.pem"));
        await File.WriteAllTextAsync(proofPath, proof.ToJsonString());
        await File.WriteAllTextAsync(keyPath, key);
        using var checker = Process.Start(new ProcessStartInfo("dotnet", ["exec", Repository.Assembly("eng/check-proof/PayFlow.CheckProof.csproj"), proofPath, keyPath])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = checker.StandardError.ReadToEndAsync();
        var output = await checker.StandardOutput.ReadToEndAsync();
        await checker.WaitForExitAsync();
        return (checker.ExitCode, output + await errors);
    }
}
