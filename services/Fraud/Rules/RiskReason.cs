namespace PayFlow.Fraud.Rules;

/// <summary>Why a payment has points.</summary>
/// <param name="Code">The rule: stable, snake_case.</param>
/// <param name="Points">1 to 100.</param>
/// <param name="Explanation">One sentence that an operator understands, with the numbers it rests on.</param>
public sealed record RiskReason(string Code, int Points, string Explanation);
