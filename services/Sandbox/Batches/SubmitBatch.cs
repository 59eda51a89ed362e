using System.Security.Cryptography;
using System.Text;
using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Batches;

public enum BatchState
{
    Accepted,
}

public sealed record BatchAnswer(string BatchKey, BatchState State);

/// <summary><c>POST /acquirers/{acquirer}/batches</c>: a settlement file under a key. The same key again gets the same answer and settles nothing twice.</summary>
public static class SubmitBatch
{
    private const string KeyHeader = "Batch-Key";

    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, BatchBook book, CancellationToken cancel)
    {
        var batchKey = request.Headers[KeyHeader].ToString();
        if (batchKey.Length is 0 or > 64 || !batchKey.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            return Problem.From(Refusal.Invalid([new(KeyHeader, "required", $"The header {KeyHeader} names the batch: 1 to 64 letters, digits, '_' or '-'.")]));
        }

        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancel);
        var bytes = buffer.ToArray();
        if (!BatchFile.Parse(Encoding.UTF8.GetString(bytes)).TryGet(out var file, out var refusal))
        {
            return Problem.From(refusal);
        }

        var digest = SHA256.HashData(bytes);
        var batch = await book.SubmitAsync(acquirer, batchKey, digest, file, cancel);
        return batch.Digest.AsSpan().SequenceEqual(digest)
            ? Results.Json(new BatchAnswer(batchKey, BatchState.Accepted), statusCode: StatusCodes.Status202Accepted)
            : Problem.From(ReferenceReused.Refusal(batchKey));
    }
}
