using System.Collections.Frozen;

namespace PayFlow.Ledger.Transfers;

/// <summary>The entry types of the chart of accounts: what a transfer is about, for statements and checks.</summary>
public static class TransferType
{
    public const string AuthHold = "auth_hold";
    public const string Release = "release";
    public const string Capture = "capture";
    public const string Settle = "settle";
    public const string Fee = "fee";
    public const string Deposit = "deposit";
    public const string VoidCapture = "void_capture";
    public const string Refund = "refund";
    public const string Return = "return";
    public const string ChargebackHold = "chargeback_hold";
    public const string ChargebackWon = "chargeback_won";
    public const string ChargebackLost = "chargeback_lost";
    public const string Transfer = "transfer";
    public const string Exchange = "exchange";

    /// <summary>What takes open transfers and balances of a slot from one shard to another. Nobody may ask for it.</summary>
    public const string SlotMove = "slot_move";

    /// <summary>Every type that a transfer may have.</summary>
    public static FrozenSet<string> All { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        AuthHold, Release, Capture, Settle, Fee, Deposit, VoidCapture, Refund, "reserve_hold", "reserve_release", "payout", "payout_return",
        ChargebackHold, ChargebackWon, ChargebackLost, Transfer, "adjustment", Return, Exchange);
}
