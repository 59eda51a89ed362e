using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.ServiceDefaults.Requests;

/// <summary>
/// Reads a request's JSON body and, when it is wrong, says everything that is wrong with it at once:
/// <code>
/// var read = await RequestBody.ReadAsync(request, body => new Capture(body.Money("amount"), body.OptionalBoolean("final") ?? false), cancellationToken);
/// if (!read.TryGet(out var capture, out var refusal)) return Problem.From(refusal);
/// </code>
/// </summary>
public static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Reads a body that must be there.</summary>
    /// <param name="request">The request, at most <see cref="BodyLimit.Bytes"/> long.</param>
    /// <param name="read">Takes what it needs from the body. It must not judge between fields: it also runs when fields are wrong, with default values in their place.</param>
    public static Task<Result<T>> ReadAsync<T>(HttpRequest request, Func<BodyReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync(request, read, optional: false, cancellationToken);

    /// <summary>Reads a body that may be left out, which is the same as <c>{}</c>.</summary>
    public static Task<Result<T>> ReadOptionalAsync<T>(HttpRequest request, Func<BodyReader, T> read, CancellationToken cancellationToken) =>
        ReadAsync(request, read, optional: true, cancellationToken);

    /// <summary>Reads a body that is at hand.</summary>
    public static Result<T> Read<T>(ReadOnlyMemory<byte> body, Func<BodyReader, T> read)
    {
        if (!Utf8.IsValid(body.Span))
        {
            return Malformed("It is not UTF-8.");
        }

        try
        {
            JsonText.Check(body.Span, Strict.MaxDepth);
            using var document = JsonDocument.Parse(body, Strict);
            return Read(document.RootElement, read);
        }
        catch (JsonException exception)
        {
            return Malformed(JsonText.Explain(exception));
        }
    }

    private static Result<T> Read<T>(JsonElement root, Func<BodyReader, T> read)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return Refusal.Invalid([new FieldError("body", "wrong_type", "The body must be a JSON object.")]);
        }

        var errors = new List<FieldError>();
        var reader = new BodyReader(root, path: "", errors);
        var value = read(reader);
        reader.RefuseUnread();
        return errors.Count == 0 ? value : Refusal.Invalid(errors);
    }

    private static async Task<Result<T>> ReadAsync<T>(HttpRequest request, Func<BodyReader, T> read, bool optional, CancellationToken cancellationToken)
    {
        var body = await BufferAsync(request, cancellationToken);
        if (body is null)
        {
            return BodyLimit.Refusal;
        }

        if (body.Length == 0)
        {
            return optional ? Read("{}"u8.ToArray(), read) : Refusal.Invalid([new FieldError("body", "required", "The body is missing: send a JSON object.")]);
        }

        // Another content type was answered with 415 by routing (Accepts<T>("application/json")); none at all is taken for JSON.
        return Read(body, read);
    }

    private static async Task<byte[]?> BufferAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > BodyLimit.Bytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static Refusal Malformed(string why) => new(RefusalKind.Invalid, "malformed_json", $"The body is not valid JSON. {why}") { Param = "body" };
}
