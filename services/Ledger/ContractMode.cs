using PayFlow.Kernel;
using Contract = PayFlow.Contracts.Common.V1;

namespace PayFlow.Ledger;

/// <summary>Test and live in contracts.</summary>
internal static class ContractMode
{
    /// <returns>False when the contract says neither.</returns>
    public static bool TryRead(Contract.Mode mode, out Mode read)
    {
        read = (Mode)mode;
        return mode is Contract.Mode.Test or Contract.Mode.Live;
    }

    /// <exception cref="FormatException">The contract says neither.</exception>
    public static Mode Read(Contract.Mode mode) => TryRead(mode, out var read) ? read : throw new FormatException($"Mode {mode} is neither test nor live.");

    public static Contract.Mode Write(Mode mode) => (Contract.Mode)mode;
}
