using System.Text.Json;
using System.Text.Json.Serialization;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.ServiceDefaults.Rpc;

/// <summary>Carries a refusal over gRPC whole: the status says its kind, a trailer the rest (code, field, errors, when to retry).</summary>
public static class RefusalStatusDetails
{
    internal const string Trailer = "payflow-refusal-bin";

    // Trailers travel in one header frame; a refusal with very many errors is cut rather than lost.
    private const int MaxErrors = 20;

    /// <summary>The refusal that a call was answered with; null when the call failed for another reason.</summary>
    public static Refusal? Refusal(this RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception.Trailers.GetValueBytes(Trailer) is not { } bytes)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, RefusalJson.Default.Refusal);
        }
        catch (JsonException)
        {
            return null;   // not from a PayFlow service: the status still says enough
        }
    }

    /// <summary>The exception that answers a call with a refusal.</summary>
    internal static RpcException Exception(Refusal refusal)
    {
        var carried = refusal.Errors.Count <= MaxErrors ? refusal : refusal with { Errors = [.. refusal.Errors.Take(MaxErrors)] };
        var trailers = new Metadata { { Trailer, JsonSerializer.SerializeToUtf8Bytes(carried, RefusalJson.Default.Refusal) } };
        return new RpcException(new Status(RefusalStatus.Grpc(refusal.Kind), refusal.Message), trailers);
    }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(Refusal))]
internal sealed partial class RefusalJson : JsonSerializerContext;
