using PayFlow.Kernel;

namespace PayFlow.Ledger.Accounts;

/// <summary>What names an account. Mode and currency are part of the name, so that no transfer can mix them.</summary>
/// <param name="Path">Its place in the chart: <c>merchant/mer_…/pending</c>, <c>acquirer_receivable/northbank</c>.</param>
/// <param name="Mode">Test and live never share an account.</param>
/// <param name="Currency">The only currency the account holds.</param>
public readonly record struct AccountName(string Path, Mode Mode, Currency Currency)
{
    // Written out because it is asked for a million times a second: paths tell accounts apart, mode and currency hardly ever do.
    public bool Equals(AccountName other) => Mode == other.Mode && Currency == other.Currency && string.Equals(Path, other.Path, StringComparison.Ordinal);

    public override int GetHashCode() => Path?.GetHashCode(StringComparison.Ordinal) ?? 0;

    public override string ToString() => $"{Path} ({Mode}, {Currency})";
}
