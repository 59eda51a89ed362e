using System.ComponentModel;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Previews;

/// <summary>What a request would do. Nothing was done.</summary>
public sealed record PreviewView
{
    public string Object { get; init; } = "preview";

    [Description("Whether it would be carried out; what the issuer and the acquirer would say is not known.")]
    public required bool Allowed { get; init; }

    [Description("Why it would be refused.")]
    public RefusalView? Refusal { get; init; }

    [Description("The payment's amounts and status afterwards, if everybody who is asked says yes.")]
    public AfterwardsView? Payment { get; init; }

    [Description("What the merchant would pay us, taken when it is settled.")]
    public Money? Fee { get; init; }

    [Description("When it would be settled: an estimate, since it depends on when it is really done; of a bank debit some business days later than of a card.")]
    public DateOnly? EstimatedSettlementDate { get; init; }

    [Description("When what is held would lapse.")]
    public DateTimeOffset? HoldEndsAt { get; init; }

    [Description("What the ledger would post; left out when it can't be asked.")]
    public IReadOnlyList<JournalLineView>? Journal { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}

public sealed record RefusalView(string Code, string Detail, string? Param);

public sealed record AfterwardsView(string Status, AmountsView Amounts);

/// <param name="Type">auth_hold, capture, release, refund, …</param>
/// <param name="Kind">posted, pending, post_pending or void_pending.</param>
public sealed record JournalLineView(string Type, string Kind, string Debit, string Credit, Money Amount);
