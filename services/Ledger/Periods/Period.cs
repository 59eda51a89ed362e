using System.Globalization;

namespace PayFlow.Ledger.Periods;

/// <summary>A month of the books, UTC. Stored as yyyymm.</summary>
internal readonly record struct Period : IComparable<Period>
{
    private Period(int number) => Number = number;

    /// <summary>yyyymm.</summary>
    public int Number { get; }

    /// <summary>The first moment of it.</summary>
    public DateTimeOffset Start => new(Number / 100, Number % 100, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The first moment after it.</summary>
    public DateTimeOffset End => Start.AddMonths(1);

    public Period Next => Of(End);

    public Period Previous => Of(Start.AddMonths(-1));

    /// <summary>The month of a time.</summary>
    public static Period Of(DateTimeOffset time) => new((time.UtcDateTime.Year * 100) + time.UtcDateTime.Month);

    /// <returns>False when it is no month of the years 2000 to 2999.</returns>
    public static bool TryCreate(int number, out Period period)
    {
        period = new Period(number);
        return number / 100 is >= 2000 and <= 2999 && number % 100 is >= 1 and <= 12;
    }

    /// <summary>Reads <c>2026-11</c>.</summary>
    public static bool TryParse(string text, out Period period)
    {
        period = default;
        return text is [_, _, _, _, '-', _, _]
            && int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            && int.TryParse(text.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var month)
            && TryCreate((year * 100) + month, out period);
    }

    public int CompareTo(Period other) => Number.CompareTo(other.Number);

    public static bool operator <(Period left, Period right) => left.Number < right.Number;

    public static bool operator >(Period left, Period right) => left.Number > right.Number;

    public static bool operator <=(Period left, Period right) => left.Number <= right.Number;

    public static bool operator >=(Period left, Period right) => left.Number >= right.Number;

    /// <summary><c>2026-11</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number / 100:D4}-{Number % 100:D2}");
}
