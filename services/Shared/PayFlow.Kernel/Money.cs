using System.Globalization;

namespace PayFlow.Kernel;

/// <summary>
/// An amount in minor units of one currency. Arithmetic is checked: it throws rather than overflow, and never mixes currencies.
/// </summary>
/// <param name="MinorUnits">The amount times 10^exponent: 1500 is 15.00 USD, 1500 JPY, 1.500 KWD.</param>
public readonly record struct Money(long MinorUnits, Currency Currency) : IComparable<Money>
{
    /// <summary>The largest amount of one operation, in minor units: ten digits and two decimals, as ISO 8583 field 4 carries at most.</summary>
    public const long MaxMinorUnits = 999_999_999_999;

    public static Money Zero(Currency currency) => new(0, currency);

    public static Money operator +(Money left, Money right) => new(checked(left.MinorUnits + right.In(left.Currency)), left.Currency);

    public static Money operator -(Money left, Money right) => new(checked(left.MinorUnits - right.In(left.Currency)), left.Currency);

    public static Money operator -(Money money) => new(checked(-money.MinorUnits), money.Currency);

    public static bool operator <(Money left, Money right) => left.CompareTo(right) < 0;

    public static bool operator >(Money left, Money right) => left.CompareTo(right) > 0;

    public static bool operator <=(Money left, Money right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Money left, Money right) => left.CompareTo(right) >= 0;

    public int CompareTo(Money other) => MinorUnits.CompareTo(other.In(Currency));

    /// <summary>The share of this amount in basis points (1/100 of a percent), rounded half to even on the minor unit.</summary>
    public Money BasisPoints(int basisPoints)
    {
        var product = (Int128)MinorUnits * basisPoints;
        var (quotient, remainder) = Int128.DivRem(product, 10_000);
        var twice = Int128.Abs(remainder) * 2;
        if (twice > 10_000 || (twice == 10_000 && Int128.IsOddInteger(quotient)))
        {
            quotient += Int128.Sign(product);
        }

        return new Money(checked((long)quotient), Currency);
    }

    /// <summary>The amount in major units with its code, for people and logs: <c>15.00 USD</c>.</summary>
    public override string ToString()
    {
        var exponent = Currency.Exponent;
        var digits = Int128.Abs(MinorUnits).ToString(CultureInfo.InvariantCulture).PadLeft(exponent + 1, '0');
        var sign = MinorUnits < 0 ? "-" : "";
        return exponent == 0
            ? $"{sign}{digits} {Currency}"
            : $"{sign}{digits[..^exponent]}.{digits[^exponent..]} {Currency}";
    }

    private long In(Currency currency) => Currency == currency
        ? MinorUnits
        : throw new InvalidOperationException($"{Currency} and {currency} don't add up: exchange one first.");
}
