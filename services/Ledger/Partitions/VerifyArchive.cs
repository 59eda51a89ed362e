using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Periods;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>Restores an archive into a table of its own that goes with the transaction, and compares it with its manifest, with what the ledger wrote down of it, and with the chain.</summary>
internal sealed class VerifyArchive(Shards shards, ArchiveFiles files, IOptions<LedgerOptions> options)
{
    /// <returns>What is wrong; nothing when the archive is what it was.</returns>
    public async Task<Result<IReadOnlyList<string>>> HandleAsync(Period month, CancellationToken ct)
    {
        var findings = new List<string>();
        foreach (var shard in shards.All)
        {
            if (await ArchiveSql.FindAsync(shard, month, ct) is not { } written)
            {
                return Refusal.NotFound("archive", month.ToString());
            }

            var manifest = Manifest.Read(written);
            foreach (var file in new[] { manifest.TransferFile, manifest.BlockFile })
            {
                var found = await DescribeAsync(file.Name, ct);
                if (found != file)
                {
                    findings.Add(found is null ? $"{file.Name} is not there." : $"{file.Name} has {found.Bytes} bytes and SHA-256 {found.Sha256}; the manifest says {file.Bytes} and {file.Sha256}.");
                }
            }

            if (findings.Count == 0)   // else there is no sense in reading them
            {
                findings.AddRange(await RestoreAsync(shard, month, manifest, ct));
            }
        }

        return findings;
    }

    private async Task<List<string>> RestoreAsync(Shard shard, Period month, Manifest manifest, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct);   // never committed
        using (var rows = files.Read(manifest.TransferFile.Name))
        {
            await RestoreSql.RestoreAsync(transaction, rows, ct);
        }

        return await RestoreSql.CompareAsync(transaction, month, manifest, options.Value.PeriodSeconds, ct);
    }

    private async Task<ManifestFile?> DescribeAsync(string name, CancellationToken ct)
    {
        try
        {
            return await files.DescribeAsync(name, ct);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
