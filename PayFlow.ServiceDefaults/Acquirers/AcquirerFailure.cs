using Polly.Timeout;

namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>Reads off an exception whether the acquirer may have acted.</summary>
internal static class AcquirerFailure
{
    /// <summary>Timeout or unavailable, as opposed to a bug here or a caller that went away.</summary>
    public static bool IsFailure(Exception exception) =>
        exception is AcquirerFailedException or TimeoutRejectedException or TimeoutException or HttpRequestException or IOException;

    /// <summary>Only a connection that never stood proves that nothing arrived; everything else leaves the outcome open.</summary>
    public static bool IsOutcomeUnknown(Exception exception) => exception switch
    {
        AcquirerFailedException failed => failed.OutcomeUnknown,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError } => false,
        AcquirerBusyException => false,
        _ => true,
    };
}
