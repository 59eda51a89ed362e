namespace Aspire.Npgsql;

/// <summary>Settings of the Npgsql client, read from <c>Aspire:Npgsql</c> and <c>Aspire:Npgsql:{name}</c>.</summary>
public class NpgsqlSettings
{
    /// <summary>The connection string. <c>ConnectionStrings:{name}</c> goes before what the sections say.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether to leave out the health check.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether the integration adds no metrics. This stand-in never adds any.</summary>
    public bool DisableMetrics { get; set; }

    /// <summary>Whether the integration adds no traces. This stand-in never adds any.</summary>
    public bool DisableTracing { get; set; }
}
