using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>Names of accounts in contracts.</summary>
internal static class AccountNames
{
    /// <summary>Reads a name; what is wrong with it is added to the errors.</summary>
    public static AccountName Read(Contract.AccountName name, string at, List<FieldError> errors)
    {
        if (name.Path.Length == 0)
        {
            errors.Add(new FieldError($"{at}.path", "required", "The path in the chart of accounts, like suspense or merchant/mer_…/pending."));
        }

        if (!ContractMode.TryRead(name.Mode, out var mode))
        {
            errors.Add(new FieldError($"{at}.mode", "required", "Must be TEST or LIVE."));
        }

        if (!Currency.TryParse(name.Currency, out var currency))
        {
            errors.Add(new FieldError($"{at}.currency", "unknown_currency", "Must be an alphabetic code of ISO 4217, upper case."));
        }

        return new AccountName(name.Path, mode, currency);
    }

    /// <summary>Reads the name that a whole request is about.</summary>
    public static Result<AccountName> Read(Contract.AccountName? name)
    {
        var errors = new List<FieldError>();
        var read = Read(name ?? new Contract.AccountName(), "account", errors);
        return errors.Count == 0 ? read : Refusal.Invalid(errors);
    }

    public static Contract.AccountName Write(AccountName name) => new() { Path = name.Path, Mode = ContractMode.Write(name.Mode), Currency = name.Currency.Code };
}
