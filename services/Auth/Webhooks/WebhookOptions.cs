using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Webhooks;

/// <summary>Webhooks (section <c>Auth:Webhooks</c>).</summary>
public sealed class WebhookOptions
{
    /// <summary>Endpoints may be at private addresses and speak http. For development alone: whoever has an API key can make this service call its neighbours.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Endpoints of one merchant and mode.</summary>
    [Range(1, 1_000)]
    public int MaxEndpoints { get; set; } = 16;

    /// <summary>How long an endpoint has for its answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After this time a delivery that was taken and not noted is taken again: its process died. Longer than <see cref="Timeout"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Deliveries under way at once in this process.</summary>
    [Range(1, 10_000)]
    public int MaxRunning { get; set; } = 200;

    /// <summary>Deliveries under way at once to one endpoint from this process; to one that fails it is a single one.</summary>
    [Range(1, 1_000)]
    public int PerEndpoint { get; set; } = 4;

    /// <summary>How often it is looked for deliveries that are due, and for events that another process numbered.</summary>
    [Range(typeof(TimeSpan), "00:00:00.02", "00:01:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Events that are queued for an endpoint at once.</summary>
    [Range(1, 5_000)]
    public int Page { get; set; } = 200;

    /// <summary>How long an endpoint may fail without a single success before it is disabled.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan FailingFor { get; set; } = TimeSpan.FromDays(3);

    /// <summary>How long the old secret still signs beside the new one, unless the rotation says otherwise.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan RotationOverlap { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How long the log of deliveries that ended is kept.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan LogKept { get; set; } = TimeSpan.FromDays(30);
}
