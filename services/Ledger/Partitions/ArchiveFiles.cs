using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PayFlow.Ledger.Periods;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>The files of archives: CSV with a header, compressed, each written under another name first, so that a name always means a whole file.</summary>
internal sealed class ArchiveFiles(IOptions<PartitionOptions> options)
{
    /// <summary>Writes what a COPY statement says.</summary>
    /// <returns>The file, and how many rows it has.</returns>
    public async Task<(ManifestFile File, long Rows)> WriteAsync(Shard shard, string name, string copy, CancellationToken ct)
    {
        Directory.CreateDirectory(options.Value.ArchiveDirectory);
        var (path, unfinished) = (PathOf(name), PathOf($"{name}.unfinished"));
        var rowsRead = new RowCount();
        await using (var connection = await shard.Source.OpenConnectionAsync(ct))
        await using (var file = new FileStream(unfinished, FileMode.Create))
        {
            await using (var compressed = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            await using (var writer = new StreamWriter(compressed, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            {
                using var rows = await connection.BeginTextExportAsync(copy, ct);
                var buffer = new char[32 * 1024];
                for (int read; (read = await rows.ReadAsync(buffer, ct)) > 0;)
                {
                    rowsRead.Add(buffer.AsSpan(0, read));
                    await writer.WriteAsync(buffer.AsMemory(0, read), ct);
                }
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
        return (await DescribeAsync(name, ct), rowsRead.Count - 1);   // the header
    }

    public async Task WriteManifestAsync(Manifest manifest, Period month, CancellationToken ct)
    {
        var path = PathOf(NameOf(manifest.Shard, month, "manifest.json"));
        await File.WriteAllTextAsync($"{path}.unfinished", manifest.Write(), ct);
        File.Move($"{path}.unfinished", path, overwrite: true);
    }

    /// <summary>A file as it lies there.</summary>
    /// <exception cref="FileNotFoundException">It isn't there.</exception>
    public async Task<ManifestFile> DescribeAsync(string name, CancellationToken ct)
    {
        await using var file = File.OpenRead(PathOf(name));
        return new ManifestFile(name, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct)), file.Length);
    }

    /// <summary>Reads a file's rows.</summary>
    public StreamReader Read(string name) => new(new GZipStream(File.OpenRead(PathOf(name)), CompressionMode.Decompress), Encoding.UTF8);

    public static string NameOf(int shard, Period month, string what) => string.Create(CultureInfo.InvariantCulture, $"ledger-{shard}-{month}.{what}");

    private string PathOf(string name) => Path.Combine(options.Value.ArchiveDirectory, name);

    /// <summary>Rows of CSV: a line that ends inside quotes goes on.</summary>
    private sealed class RowCount
    {
        private bool _isQuoted;

        public long Count { get; private set; }

        public void Add(ReadOnlySpan<char> text)
        {
            foreach (var c in text)
            {
                _isQuoted ^= c == '"';
                Count += c == '\n' && !_isQuoted ? 1 : 0;
            }
        }
    }
}
