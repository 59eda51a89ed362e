using System.ComponentModel.DataAnnotations;

namespace PayFlow.Ledger.Partitions;

/// <summary>Section <c>Ledger:Partitions</c>.</summary>
public sealed class PartitionOptions
{
    public const string Section = "Ledger:Partitions";

    /// <summary>How often it is looked whether the months to come have their partitions.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many months after this one have theirs.</summary>
    [Range(1, 12)]
    public int Ahead { get; set; } = 2;

    /// <summary>Where archives are written. It should be a place that outlives this machine.</summary>
    [Required]
    public string ArchiveDirectory { get; set; } = "archive";
}
