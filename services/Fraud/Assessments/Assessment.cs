using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.Assessments;

/// <summary>What was decided about a payment: the first answer, and every later one.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Degraded">Velocity couldn't be read: the score rests on fewer signals.</param>
/// <param name="ScoredBy">The set of rules.</param>
public sealed record Assessment(Id PaymentId, int Score, RiskDecision Decision, IReadOnlyList<RiskReason> Reasons, bool Degraded, string ScoredBy);

/// <summary>A payment with what Redis has counted, on its way into the books.</summary>
public sealed record Candidate(RiskRequest Request, Activity? Activity, DateTimeOffset At);

/// <summary>A candidate with the score that it gets unless it has one already.</summary>
public sealed record Scored(Candidate Candidate, RiskScore Score);
