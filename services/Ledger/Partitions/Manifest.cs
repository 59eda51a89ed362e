using System.Text.Json;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Ledger.Partitions;

/// <summary>What an archive holds; stands beside its files.</summary>
/// <param name="Month">Of the ids, like 2026-11.</param>
/// <param name="Transfers">Rows of the first file.</param>
/// <param name="Blocks">Rows of the second.</param>
/// <param name="FirstBlock">0 when there is none.</param>
internal sealed record Manifest(
    int Format, int Shard, string Month, long Transfers, long Blocks, long FirstBlock, long LastBlock, IReadOnlyList<ManifestAmount> Amounts, ManifestFile TransferFile, ManifestFile BlockFile)
{
    public const int CurrentFormat = 1;

    private static readonly JsonSerializerOptions Json = new(ApiJson.Options) { WriteIndented = true };

    public string Write() => JsonSerializer.Serialize(this, Json);

    public static Manifest Read(string text) => JsonSerializer.Deserialize<Manifest>(text, Json) ?? throw new JsonException("A manifest is an object.");
}

/// <summary>Σ of all amounts in a mode and currency, minor units, whatever the kind of the transfers.</summary>
internal sealed record ManifestAmount(Mode Mode, Currency Currency, long Transfers, long Amount);

/// <param name="Name">Beside the manifest.</param>
/// <param name="Sha256">Of the file as it lies there, hexadecimal.</param>
internal sealed record ManifestFile(string Name, string Sha256, long Bytes);
