using System.Collections.Frozen;
using PayFlow.Sandbox.Cards;

namespace PayFlow.Sandbox.BankAccounts;

/// <summary>Answers for the payers' banks: by account number, as the published test accounts say; every other account pays.</summary>
public static class PayersBank
{
    private static readonly FrozenDictionary<string, Decline> Declining = new Dictionary<string, Decline>
    {
        ["000666666661"] = Decline.BankAccountUnusable,
    }.ToFrozenDictionary();

    /// <summary>Why no debit is taken from the account, or null when it is. What a bank says later, it says with a return.</summary>
    public static Decline? Decide(BankAccount account) => Declining.GetValueOrDefault(account.Number);
}
