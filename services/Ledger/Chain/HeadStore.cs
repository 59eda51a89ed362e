using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Options;

namespace PayFlow.Ledger.Chain;

/// <summary>
/// Signed heads outside of Postgres: a folder for each shard, a file for each day (UTC) of signing, a line for each head. Lines are appended and forced to the disk, never
/// changed; a file of the past is never opened for writing again, so that it can be locked. What a line says is proven by its signature, so the order of lines doesn't
/// matter, and one that was cut off when its writer died is left out.
/// </summary>
internal sealed class HeadStore(IOptions<ChainOptions> options)
{
    private const string Day = "yyyy-MM-dd";
    private const byte EndOfLine = (byte)'\n';

    private readonly string _directory = Path.GetFullPath(options.Value.HeadsDirectory);

    /// <summary>Adds a head; when this returns it is on the disk.</summary>
    /// <exception cref="IOException">It could not be written, or somebody else is writing.</exception>
    public async Task AppendAsync(SignedHead signed, CancellationToken ct)
    {
        var folder = FolderOf(signed.Head.Shard);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, signed.Head.SignedAt.UtcDateTime.ToString(Day, CultureInfo.InvariantCulture) + ".jsonl");
        // One writes at a time; who reads waits for nobody, and a line that is half there when it looks is none.
        await using var turn = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
        var start = await IsTornAsync(file, ct) ? "\n" : "";
        file.Seek(0, SeekOrigin.End);
        await file.WriteAsync(Encoding.UTF8.GetBytes($"{start}{HeadLine.Format(signed)}\n"), ct);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The heads of a shard, about in the order of their blocks.</summary>
    /// <param name="from">Days before this one are left out.</param>
    public async IAsyncEnumerable<SignedHead> ReadAsync(int shard, DateTimeOffset from, [EnumeratorCancellation] CancellationToken ct)
    {
        var first = from.UtcDateTime.ToString(Day, CultureInfo.InvariantCulture);
        foreach (var path in Files(shard).Where(path => string.CompareOrdinal(Path.GetFileNameWithoutExtension(path), first) >= 0))
        {
            await foreach (var signed in ReadFileAsync(path, ct))
            {
                yield return signed;
            }
        }
    }

    /// <summary>The head with the last block; null when there is none.</summary>
    public async Task<SignedHead?> LastAsync(int shard, CancellationToken ct)
    {
        foreach (var path in Files(shard).Reverse())   // the last file may have nothing but a line that was cut off
        {
            SignedHead? last = null;
            await foreach (var signed in ReadFileAsync(path, ct))
            {
                last = last is null || signed.Head.Block > last.Head.Block ? signed : last;
            }

            if (last is not null)
            {
                return last;
            }
        }

        return null;
    }

    /// <summary>What changes whenever a head of this shard is added, by whomever.</summary>
    public (string? Path, long Length) Mark(int shard) => Files(shard).LastOrDefault() is { } path ? (path, new FileInfo(path).Length) : (null, 0);

    private static async IAsyncEnumerable<SignedHead> ReadFileAsync(string path, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            if (HeadLine.TryParse(line, out var signed))
            {
                yield return signed;
            }
        }
    }

    private static async Task<bool> IsTornAsync(FileStream file, CancellationToken ct)
    {
        if (file.Length == 0)
        {
            return false;
        }

        file.Seek(-1, SeekOrigin.End);
        var last = new byte[1];
        await file.ReadExactlyAsync(last, ct);
        return last[0] != EndOfLine;
    }

    private string FolderOf(int shard) => Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"shard-{shard}"));

    private IEnumerable<string> Files(int shard) =>
        Directory.Exists(FolderOf(shard)) ? Directory.EnumerateFiles(FolderOf(shard), "*.jsonl").Order(StringComparer.Ordinal) : [];
}
