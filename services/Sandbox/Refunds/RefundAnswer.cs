namespace PayFlow.Sandbox.Refunds;

public enum RefundResult
{
    Refunded,
    Refused,
}

/// <summary>The answer to a refund and to an inquiry about one.</summary>
public sealed record RefundAnswer(string? ExternalId, string Reference, RefundResult Result, RefundRefusal? Reason)
{
    public static RefundAnswer Of(Refund refund) =>
        new(refund.ExternalId, refund.Reference, refund.Refusal is null ? RefundResult.Refunded : RefundResult.Refused, refund.Refusal);
}
