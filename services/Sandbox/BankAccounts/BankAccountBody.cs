using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.BankAccounts;

/// <summary>A bank account in a JSON request: <c>{routing_number, account_number, account_type, holder_type, holder_name}</c>.</summary>
internal static class BankAccountBody
{
    private const int RoutingLength = 9;

    private enum AccountType
    {
        Checking,
        Savings,
    }

    private enum HolderType
    {
        Individual,
        Company,
    }

    public static BankAccount Read(BodyReader account)
    {
        var routing = Digits(account, "routing_number", RoutingLength, RoutingLength);
        var number = Digits(account, "account_number", 4, 17);

        // What an entry needs besides is looked at and forgotten: no rule here asks for it.
        _ = (account.Enum<AccountType>("account_type"), account.Enum<HolderType>("holder_type"), account.String("holder_name", max: 100));
        return new BankAccount(routing, number);
    }

    private static string Digits(BodyReader account, string name, int min, int max)
    {
        var digits = account.String(name, max, min);
        if (digits.Length > 0 && digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            account.Error(name, "invalid", $"{account.Path(name)} has digits only.");
        }

        return digits;
    }
}
