using System.ComponentModel.DataAnnotations;

namespace PayFlow.Ledger;

/// <summary>Section <c>Ledger</c>.</summary>
public sealed class LedgerOptions
{
    /// <summary>The bank that acquirers deposit to: names the account <c>bank_cash/{bank}</c>.</summary>
    [Required, RegularExpression("^[a-z0-9_-]{1,40}$")]
    public string DepositBank { get; set; } = "house";

    /// <summary>Transfers in one request at most.</summary>
    [Range(1, 8_000)]
    public int MaxTransfersPerRequest { get; set; } = 8_000;

    /// <summary>Requests of up to so many transfers share a commit with others; larger ones commit by themselves.</summary>
    [Range(0, 100)]
    public int MaxTransfersToShareCommit { get; set; } = 16;

    /// <summary>Requests in one shared commit at most.</summary>
    [Range(1, 1_000)]
    public int MaxRequestsPerCommit { get; set; } = 500;

    /// <summary>Requests that wait for a shared commit at most; further ones are refused at once.</summary>
    [Range(1, 100_000)]
    public int MaxRequestsWaiting { get; set; } = 10_000;

    /// <summary>Accounts of a shard whose state is remembered between batches of requested transfers, at most; about 400 bytes each. 0: each batch reads them.</summary>
    [Range(0, 10_000_000)]
    public int MaxKnownAccounts { get; set; } = 100_000;

    /// <summary>Rows read at once when transfers are listed.</summary>
    [Range(1, 10_000)]
    public int PageSize { get; set; } = 1_000;

    /// <summary>How often it is looked for pending transfers that have expired.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan ExpirySweepEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Seconds that a trial balance may take: it reads every transfer.</summary>
    [Range(1, 600)]
    public int TrialBalanceSeconds { get; set; } = 60;

    /// <summary>Seconds that adding up a period may take: it reads every transfer of a month.</summary>
    [Range(1, 3_600)]
    public int PeriodSeconds { get; set; } = 600;

    /// <summary>How often transfers between shards are looked for that were left, and how old they must be.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan InterShardSweepEvery { get; set; } = TimeSpan.FromSeconds(5);
}
