using Grpc.Core;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Fraud.Assessments;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;
using FraudContract = PayFlow.Contracts.Fraud.V1.Fraud;

namespace PayFlow.Fraud.Grpc;

/// <summary>The contract <c>payflow.fraud.v1</c>: translates, and no more.</summary>
public sealed class FraudService(CheckRisk check, AssessmentBook book) : FraudContract.FraudBase
{
    public override async Task<RiskAssessment> CheckRisk(CheckRiskRequest request, ServerCallContext context)
    {
        if (!RiskRequests.Read(request).TryGet(out var read, out var refusal))
            throw new RefusedException(refusal);

        try
        {
            return Answer(await check.HandleAsync(read, context.CancellationToken));
        }
        catch (Exception failure) when (!context.CancellationToken.IsCancellationRequested && (failure is GroupCommitFullException || DatabaseFailure.IsInfrastructure(failure)))
        {
            // No bug: asked again in a moment it may work, and counts once.
            throw new RefusedException(
                new Refusal(RefusalKind.Unavailable, "unavailable", "The risk can't be assessed at the moment. Ask again in a moment.") { RetryAfter = TimeSpan.FromSeconds(1) }, failure);
        }
    }

    public override async Task<RiskAssessment> GetAssessment(GetAssessmentRequest request, ServerCallContext context)
    {
        return Id.TryParse(IdPrefix.Payment, request.PaymentId, out var paymentId) && await book.FindAsync(paymentId, context.CancellationToken) is { } assessment
            ? Answer(assessment)
            : throw new RefusedException(Refusal.NotFound("assessment", request.PaymentId));
    }

    private static RiskAssessment Answer(Assessment assessment)
    {
        var answer = new RiskAssessment
        {
            PaymentId = assessment.PaymentId.ToString(),
            Score = assessment.Score,
            Decision = assessment.Decision switch
            {
                Rules.RiskDecision.Allow => RiskDecision.Allow,
                Rules.RiskDecision.Review => RiskDecision.Review,
                Rules.RiskDecision.Authenticate => RiskDecision.Authenticate,
                _ => RiskDecision.Block,
            },
            Degraded = assessment.Degraded,
            ScoredBy = assessment.ScoredBy,
        };
        answer.Reasons.AddRange(assessment.Reasons.Select(reason => new RiskReason { Code = reason.Code, Points = reason.Points, Explanation = reason.Explanation }));
        return answer;
    }
}
