using PayFlow.Fraud.Rules;
using PayFlow.Fraud.Velocity;
using PayFlow.Kernel;
using PayFlow.Messaging;

namespace PayFlow.Fraud.Assessments;

/// <summary>Scores a payment: one round trip to Redis, one shared commit. Asked again, it gives the stored answer and counts nothing twice.</summary>
public sealed partial class CheckRisk(VelocityWindows velocity, AssessmentBook book, TimeProvider time, ILogger<CheckRisk> logger)
{
    public async Task<Assessment> HandleAsync(RiskRequest request, CancellationToken cancel)
    {
        var activity = await velocity.CountAsync(request, cancel);
        CrashPoint.Hit("fraud.velocity.counted");
        var assessment = await book.AssessAsync(new Candidate(request, activity, time.GetUtcNow()), cancel);
        CrashPoint.Hit("fraud.assessment.stored");
        LogAssessed(assessment.PaymentId, request.Amount, assessment.Score, assessment.Decision, assessment.Degraded);
        return assessment;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{PaymentId} of {Amount} scored {Score}: {Decision}, degraded {Degraded}")]
    private partial void LogAssessed(Id paymentId, Money amount, int score, RiskDecision decision, bool degraded);
}
