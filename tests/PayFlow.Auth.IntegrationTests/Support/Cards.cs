using System.Security.Cryptography;

namespace PayFlow.Auth.IntegrationTests.Support;

internal static class Cards
{
    /// <summary>A bank account that pays and that Fraud has never seen.</summary>
    public static string FreshAccount() => $"7{RandomNumberGenerator.GetString("0123456789", 13)}";

    /// <summary>A number that the Sandbox approves and that Fraud has never seen.</summary>
    public static string Fresh()
    {
        var digits = $"41111111{RandomNumberGenerator.GetString("0123456789", 7)}";
        return Enumerable.Range(0, 10).Select(check => $"{digits}{check}").Single(number => Auth.Vault.CardNumber.TryParse(number, out _));
    }
}
