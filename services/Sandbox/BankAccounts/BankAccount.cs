namespace PayFlow.Sandbox.BankAccounts;

/// <summary>A payer's bank account as an authorization names it. It prints masked, so that no log and no message can show the number.</summary>
/// <param name="Routing">The bank's nine digits.</param>
/// <param name="Number">4 to 17 digits.</param>
public sealed record BankAccount(string Routing, string Number)
{
    public string Masked => Number.Length < 4 ? "" : $"{Routing}:{new string('*', Number.Length - 4)}{Number[^4..]}";

    public override string ToString() => Masked;
}
