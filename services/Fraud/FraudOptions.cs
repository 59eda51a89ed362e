using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PayFlow.Fraud;

/// <summary>What the rules look for, how many points each gives, and where the thresholds are. Configuration section <c>Fraud</c>.</summary>
public sealed class FraudOptions : IValidatableObject
{
    public const string Section = "Fraud";

    /// <summary>Scores from here on are authorized and queued for review.</summary>
    [Range(1, 100)]
    public int ReviewFrom { get; set; } = 40;

    /// <summary>Scores from here on need the payer to authenticate (3-D Secure).</summary>
    [Range(1, 100)]
    public int AuthenticateFrom { get; set; } = 60;

    /// <summary>Scores from here on are blocked.</summary>
    [Range(1, 100)]
    public int BlockFrom { get; set; } = 80;

    /// <summary>Payments with one card.</summary>
    [ValidateObjectMembers]
    public WindowLimits CardVelocity { get; set; } = new() { Minute = 3, Hour = 10, Day = 25, Points = 30 };

    /// <summary>Payments to one merchant from one network address; many people may share one.</summary>
    [ValidateObjectMembers]
    public WindowLimits AddressVelocity { get; set; } = new() { Minute = 20, Hour = 100, Day = 400, Points = 20 };

    /// <summary>Minor units spent with one card, by currency; a currency that isn't listed has no limit. The usual ones are in appsettings.json.</summary>
    [ValidateEnumeratedItems]
    public List<SpendLimits> CardSpend { get; set; } = [];

    /// <summary>Card, billing address and network address name two countries.</summary>
    [Range(0, 100)]
    public int TwoCountriesPoints { get; set; } = 20;

    /// <summary>They name three.</summary>
    [Range(0, 100)]
    public int ThreeCountriesPoints { get; set; } = 45;

    /// <summary>Shipped to another country than billed to.</summary>
    [Range(0, 100)]
    public int ShippingMismatchPoints { get; set; } = 15;

    [ValidateObjectMembers]
    public AmountAnomalyLimits AmountAnomaly { get; set; } = new();

    /// <summary>How long Redis may take before the score rests on fewer signals.</summary>
    [Range(typeof(TimeSpan), "00:00:00.005", "00:00:02")]
    public TimeSpan VelocityPatience { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Payments remembered per card: the newest. All of them are added up each time.</summary>
    [Range(10, 5_000)]
    public int PaymentsPerCard { get; set; } = 100;

    /// <summary>Payments remembered per merchant and network address: the newest.</summary>
    [Range(10, 100_000)]
    public int PaymentsPerAddress { get; set; } = 2_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ReviewFrom >= AuthenticateFrom || AuthenticateFrom >= BlockFrom)
            yield return new($"{nameof(ReviewFrom)} < {nameof(AuthenticateFrom)} < {nameof(BlockFrom)} must hold.");

        if (CardVelocity.Day > PaymentsPerCard || AddressVelocity.Day > PaymentsPerAddress)
            yield return new("A limit per day can't be reached when fewer payments are remembered.");
    }
}

/// <summary>What is usual within a minute, an hour and a day. Beyond it each further multiple gives the points again, up to three times.</summary>
public class WindowLimits
{
    [Range(1, 1_000_000_000_000)]
    public long Minute { get; set; } = 1;

    [Range(1, 1_000_000_000_000)]
    public long Hour { get; set; } = 1;

    [Range(1, 1_000_000_000_000)]
    public long Day { get; set; } = 1;

    [Range(0, 100)]
    public int Points { get; set; }
}

/// <summary>Limits of minor units in one currency.</summary>
public sealed class SpendLimits : WindowLimits
{
    /// <summary>ISO 4217 code.</summary>
    [RegularExpression("[A-Z]{3}"), Required]
    public string Currency { get; set; } = "";
}

/// <summary>When an amount is far above what its card or merchant usually pays.</summary>
public sealed class AmountAnomalyLimits
{
    /// <summary>Standard deviations above the mean.</summary>
    [Range(1, 10)]
    public int Sigmas { get; set; } = 3;

    /// <summary>And at least this percentage of the mean: where all amounts were the same, any other is infinitely many deviations away.</summary>
    [Range(100, 1_000)]
    public int LeastPercentOfMean { get; set; } = 150;

    /// <summary>Payments that a card must have made before its history says anything.</summary>
    [Range(2, 10_000)]
    public int CardSamples { get; set; } = 10;

    /// <summary>Payments that a merchant must have taken before its history says anything.</summary>
    [Range(2, 10_000)]
    public int MerchantSamples { get; set; } = 30;

    [Range(0, 100)]
    public int Points { get; set; } = 25;
}
