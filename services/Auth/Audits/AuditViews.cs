using System.Text.Json;

namespace PayFlow.Auth.Audits;

/// <summary>A line of the audit trail as an administrator sees it.</summary>
public sealed record AuditLineView(long Sequence, DateTimeOffset At, string Actor, string Action, string Subject, JsonElement? Before, JsonElement? After);

/// <summary>What a check of a shard's chain found.</summary>
/// <param name="Head">SHA-256 of the last line in hexadecimal: kept elsewhere, it proves later that nothing before it was cut off or computed anew.</param>
public sealed record AuditChainView(int Shard, long Length, string? Head, bool IsWhole, IReadOnlyList<AuditFaultView> Faults);

/// <param name="Fault">What is wrong at this line.</param>
public sealed record AuditFaultView(long Sequence, string Fault);
