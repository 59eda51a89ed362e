namespace PayFlow.Auth.Vault;

/// <summary>Whose account it is; ACH tells the two apart (NACHA: PPD and CCD entries).</summary>
public enum HolderType
{
    Individual,
    Company,
}

/// <summary>What kind of account it is (NACHA: the transaction code of an entry).</summary>
public enum AccountType
{
    Checking,
    Savings,
}

/// <summary>The rules of account numbers in the United States.</summary>
internal static class BankAccountNumbers
{
    private const int RoutingLength = 9;
    private const int MinAccountLength = 4;
    private const int MaxAccountLength = 17;   // NACHA: the field of an entry

    /// <summary>Nine digits of a Federal Reserve district whose check digit is right (ABA: weights 3, 7, 1).</summary>
    public static bool IsRoutingNumber(string text)
    {
        if (text.Length != RoutingLength || text.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        var district = (10 * Digit(text, 0)) + Digit(text, 1);
        var sum = 0;
        for (var i = 0; i < RoutingLength; i++)
        {
            sum += Digit(text, i) * (i % 3) switch { 0 => 3, 1 => 7, _ => 1 };
        }

        // 00 is the Treasury's; then the districts, those of thrifts, of electronic transactions, and of travelers' checks.
        return district is >= 1 and <= 12 or >= 21 and <= 32 or >= 61 and <= 72 or 80 or 0 && sum % 10 == 0 && sum > 0;
    }

    public static bool IsAccountNumber(string text) => text.Length is >= MinAccountLength and <= MaxAccountLength && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static int Digit(string text, int i) => text[i] - '0';
}

/// <summary>A bank account on its way into the vault. A class rather than a record: it must not print itself.</summary>
public sealed class NewBankAccount(string routing, string number, AccountType type, HolderType holder, string holderName)
{
    internal string Routing { get; } = routing;

    internal string Number { get; } = number;

    internal AccountType Type { get; } = type;

    internal HolderType Holder { get; } = holder;

    internal string HolderName { get; } = holderName;
}

/// <summary>A bank account as a bank needs it. A class rather than a record: it must not print itself.</summary>
public sealed class OpenBankAccount(string routing, string number, AccountType type, HolderType holder, string holderName) : OpenMethod
{
    /// <summary>The bank's; no secret.</summary>
    public string Routing { get; } = routing;

    public AccountType Type { get; } = type;

    public HolderType Holder { get; } = holder;

    internal string Number { get; } = number;

    internal string HolderName { get; } = holderName;
}
