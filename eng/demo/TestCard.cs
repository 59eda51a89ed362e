using System.Security.Cryptography;

namespace PayFlow.Demo;

/// <summary>Card numbers for the Sandbox.</summary>
public static class TestCard
{
    /// <summary>A number that passes Luhn's check and that nobody has paid with yet: the Sandbox approves it, and no velocity rule knows it.</summary>
    public static string Fresh()
    {
        Span<char> digits = stackalloc char[16];
        "41111111".CopyTo(digits);
        for (var i = 8; i < 15; i++)
            digits[i] = (char)('0' + RandomNumberGenerator.GetInt32(10));
        digits[15] = (char)('0' + CheckDigit(digits[..15]));
        return new string(digits);
    }

    // ISO/IEC 7812-1, annex B: from the right, every other digit counts double, and the sum is a multiple of ten.
    private static int CheckDigit(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[digits.Length - 1 - i] - '0';
            if (i % 2 == 0)
                digit = digit * 2 > 9 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return (10 - (sum % 10)) % 10;
    }
}
