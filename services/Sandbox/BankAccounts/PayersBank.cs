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

    // NACHA: insufficient funds, account closed, no account, not authorized.
    private static readonly FrozenDictionary<string, string> Returning = new Dictionary<string, string>
    {
        ["000222222227"] = "R01",
        ["000111111113"] = "R02",
        ["000111111116"] = "R03",
        ["000333333335"] = "R10",
    }.ToFrozenDictionary();

    /// <summary>The R-code with which the bank takes every debit of the account back; null when it doesn't.</summary>
    public static string? ReturnsWith(BankAccount account) => Returning.GetValueOrDefault(account.Number);

    /// <summary>Why no debit is taken from the account, or null when it is. What a bank says later, it says with a return.</summary>
    public static Decline? Decide(BankAccount account) => Declining.GetValueOrDefault(account.Number);
}
