using System.Security.Cryptography;
using System.Text.Json;
using PayFlow.CheckProof;

// Checks what GET /v1/payments/{id}/proof answered, with a public key that was got some other way (GET /v1/ledger/keys, once, long before). Exit code: 0 everything is proven,
// 1 something isn't, 2 the files can't be read.
if (args is not [var proofPath, var keyPath])
{
    Console.Error.WriteLine("Usage: check-proof PROOF.json PUBLIC-KEY.pem");
    return 2;
}

Proof proof;
ECDsa key;
try
{
    proof = Proof.Read(File.ReadAllText(proofPath));
    key = ECDsa.Create();
    key.ImportFromPem(File.ReadAllText(keyPath));
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException or ArgumentException or CryptographicException)
{
    Console.Error.WriteLine($"Can't be read: {failure.Message}");
    return 2;
}

var isProven = proof.Transfers.Count > 0;
Console.WriteLine($"Payment {proof.Payment}, {proof.Transfers.Count} transfers");
foreach (var transfer in proof.Transfers)
{
    var fault = Check.Transfer(proof, transfer, key, out var head);
    var fields = transfer.Fields;
    Console.WriteLine($"  {fields.Id}  {fields.Type} {fields.Amount} {fields.Currency} (minor units), {fields.Debit} -> {fields.Credit}");
    Console.WriteLine(fault is null
        ? $"    proven: transfer {transfer.Position} of block {transfer.Block}, in the chain that was signed {head!.SignedAt} (block {head.Block})"
        : $"    NOT PROVEN: {fault}");
    isProven &= fault is null;
}

Console.WriteLine(isProven ? "Everything is proven." : "Not everything is proven.");
key.Dispose();
return isProven ? 0 : 1;
