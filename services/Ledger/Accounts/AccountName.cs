using PayFlow.Kernel;

namespace PayFlow.Ledger.Accounts;

/// <summary>What names an account. Mode and currency are part of the name, so that no transfer can mix them.</summary>
/// <param name="Path">Its place in the chart: <c>merchant/mer_…/pending</c>, <c>acquirer_receivable/northbank</c>.</param>
/// <param name="Mode">Test and live never share an account.</param>
/// <param name="Currency">The only currency the account holds.</param>
public readonly record struct AccountName(string Path, Mode Mode, Currency Currency)
{
    public override string ToString() => $"{Path} ({Mode}, {Currency})";
}
