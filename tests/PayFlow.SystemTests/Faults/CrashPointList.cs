using PayFlow.Testing;

namespace PayFlow.SystemTests.Faults;

/// <summary>Every crash point of the payment's way.</summary>
internal static class CrashPointList
{
    // Off the payment's way; the tests of the part pass them.
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["inbox.deadletter.stored"] = "needs a poison event: PayFlow.Messaging.IntegrationTests",
        ["inbox.deadletter.announced"] = "needs a poison event: PayFlow.Messaging.IntegrationTests",
        ["ledger.transfers.committed"] = "transfers asked for over gRPC: PayFlow.Ledger.IntegrationTests",
        ["auth.expiry.answered"] = "needs a hold that lapses after days: PayFlow.Auth.IntegrationTests",
        ["auth.expiry.committed"] = "needs a hold that lapses after days: PayFlow.Auth.IntegrationTests",
        ["auth.simple.committed"] = "requests that move no money: PayFlow.Auth.IntegrationTests",
        ["auth.orphan.found"] = "needs an attempt that was deleted by force: PayFlow.Auth.IntegrationTests",
        ["auth.orphan.reversed"] = "needs an attempt that was deleted by force: PayFlow.Auth.IntegrationTests",
        ["auth.webhook.claimed"] = "needs a webhook endpoint: PayFlow.Auth.IntegrationTests",
        ["auth.webhook.noted"] = "needs a webhook endpoint: PayFlow.Auth.IntegrationTests",
        ["auth.webhook.queued"] = "needs a webhook endpoint: PayFlow.Auth.IntegrationTests",
        ["auth.webhook.sent"] = "needs a webhook endpoint: PayFlow.Auth.IntegrationTests",
        ["auth.webhook.written"] = "needs a webhook endpoint: PayFlow.Auth.IntegrationTests",
        ["auth.vault.rewrapped"] = "needs a retired key: PayFlow.Auth.IntegrationTests",
        ["auth.recovery.reversed"] = "needs an acquirer that stays silent for minutes: PayFlow.Auth.IntegrationTests",
    };

    public static IEnumerable<string> Names { get; } = [.. CrashPointNames.In("services").Where(name => !Elsewhere.ContainsKey(name))];

    /// <summary>The process that passes a crash point. What every service has (outbox, inbox) is tried in the service where a loss would cost most.</summary>
    public static string ServiceOf(string name) => name.Split('.')[0] switch
    {
        "outbox" => "auth",
        "inbox" => "ledger",
        "ingest" => "auth",
        var service => service,
    };
}
