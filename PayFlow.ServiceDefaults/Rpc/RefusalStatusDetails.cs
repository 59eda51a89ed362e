using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.ServiceDefaults.Rpc;

/// <summary>
/// Carries a refusal over gRPC whole, in Google's richer error model (google.rpc.Status in <c>grpc-status-details-bin</c>), which clients in every language
/// can read: ErrorInfo has the code, BadRequest the wrong fields, RetryInfo when to come back.
/// </summary>
public static class RefusalStatusDetails
{
    private const string Trailer = "grpc-status-details-bin";
    private const string Domain = "payflow";
    private const string Param = "param";

    // Trailers travel as headers, which are bounded; of very many errors the first are told.
    private const int MaxErrors = 20;

    private static readonly FrozenDictionary<StatusCode, RefusalKind> Kinds =
        System.Enum.GetValues<RefusalKind>().ToFrozenDictionary(RefusalStatus.Grpc);

    /// <summary>The refusal that a call was answered with; null when the call failed for another reason.</summary>
    public static Refusal? Refusal(this RpcException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        if (exception.Trailers.GetValueBytes(Trailer) is not { } bytes || !Kinds.TryGetValue(exception.StatusCode, out var kind))
        {
            return null;
        }

        try
        {
            return Read(kind, Google.Rpc.Status.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException)
        {
            return null;   // not from a PayFlow service: the status still says enough
        }
    }

    /// <summary>The exception that answers a call with a refusal.</summary>
    internal static RpcException Exception(Refusal refusal)
    {
        var code = RefusalStatus.Grpc(refusal.Kind);
        var status = new Google.Rpc.Status { Code = (int)code, Message = refusal.Message };
        var info = new ErrorInfo { Reason = refusal.Code, Domain = Domain };
        if (refusal.Param is not null)
        {
            info.Metadata.Add(Param, refusal.Param);
        }

        status.Details.Add(Any.Pack(info));
        if (refusal.Errors.Count > 0)
        {
            var violations = refusal.Errors.Take(MaxErrors)
                .Select(error => new BadRequest.Types.FieldViolation { Field = error.Param, Reason = error.Code, Description = error.Message });
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violations } }));
        }

        if (refusal.RetryAfter is { } wait)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }));
        }

        return new RpcException(new global::Grpc.Core.Status(code, refusal.Message), new Metadata { { Trailer, status.ToByteArray() } });
    }

    private static Refusal? Read(RefusalKind kind, Google.Rpc.Status status)
    {
        var info = Unpack<ErrorInfo>(status);
        return info is not { Domain: Domain } ? null : new Refusal(kind, info.Reason, status.Message)
        {
            Param = info.Metadata.TryGetValue(Param, out var param) ? param : null,
            RetryAfter = Unpack<RetryInfo>(status)?.RetryDelay?.ToTimeSpan(),
            Errors = [.. Unpack<BadRequest>(status)?.FieldViolations.Select(violation => new FieldError(violation.Field, violation.Reason, violation.Description)) ?? []],
        };
    }

    private static T? Unpack<T>(Google.Rpc.Status status) where T : class, IMessage, new() =>
        status.Details.Select(detail => detail.TryUnpack<T>(out var found) ? found : null).FirstOrDefault(found => found is not null);
}
