namespace PayFlow.Sandbox.Chaos;

/// <summary>What the last two digits of an amount make an acquirer do while its switch <c>amounts</c> is on.</summary>
public enum AmountSwitch
{
    None = 0,

    /// <summary>…01: the settlement is 1 % short, at least one minor unit.</summary>
    SettlesShort = 1,

    /// <summary>…02: the capture is taken and never settled.</summary>
    Missing = 2,

    /// <summary>…03: the settlement has two lines for it.</summary>
    SettledTwice = 3,

    /// <summary>…04: its line comes after the report was complete.</summary>
    SettlesLate = 4,

    /// <summary>…05: approved, but the first reply never arrives.</summary>
    LostReply = 5,
}

public static class AmountSwitches
{
    /// <param name="amount">Minor units.</param>
    public static AmountSwitch Of(long amount, bool on) => on && amount % 100 is >= 1 and <= 5 and var digits ? (AmountSwitch)digits : AmountSwitch.None;
}
