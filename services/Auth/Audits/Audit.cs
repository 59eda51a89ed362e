using PayFlow.Storage;

namespace PayFlow.Auth.Audits;

/// <summary>A line of the audit trail: who changed what.</summary>
/// <param name="Actor">An administrator or an API key; never a secret.</param>
/// <param name="Action">What was done: <c>merchant.changed</c>, <c>api_key.revoked</c>, …</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="Before">Null when it wasn't there.</param>
public sealed record AuditLine(DateTimeOffset At, string Actor, string Action, Id MerchantId, Id Subject, object? Before, object? After);

/// <summary>Writes the audit trail. A line commits with the change that it tells of; the database links it to the line before it.</summary>
public static class Audit
{
    public static Task WriteAsync(ShardTransaction transaction, AuditLine line, CancellationToken ct) => AuditSql.InsertAsync(transaction, line, ct);
}
