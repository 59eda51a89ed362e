using System.ComponentModel.DataAnnotations;

namespace PayFlow.Storage;

/// <summary>Bounds of the work with databases; configuration section <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>How long one SQL command may take unless it says otherwise, in seconds.</summary>
    [Range(1, 600)]
    public int CommandTimeoutSeconds { get; set; } = 5;

    /// <summary>How long opening a connection may take, in seconds.</summary>
    [Range(1, 60)]
    public int ConnectTimeoutSeconds { get; set; } = 5;

    /// <summary>Connections to one shard at most, from this process.</summary>
    [Range(1, 1_000)]
    public int MaxPoolSize { get; set; } = 40;

    /// <summary>SQL texts that a connection keeps prepared.</summary>
    [Range(0, 1_000)]
    public int MaxPrepared { get; set; } = 100;

    /// <summary>How long a start waits for a database that does not answer, in seconds.</summary>
    [Range(0, 3_600)]
    public int StartupWaitSeconds { get; set; } = 60;
}
