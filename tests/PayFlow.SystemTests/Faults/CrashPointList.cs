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
        ["ledger.accounts.opened"] = "accounts asked for over gRPC: PayFlow.Ledger.IntegrationTests",
        ["ledger.account.changed"] = "accounts asked for over gRPC: PayFlow.Ledger.IntegrationTests",
        ["ledger.exchange.committed"] = "exchanges asked for over gRPC: PayFlow.Ledger.IntegrationTests",
        ["ledger.request.taken"] = "transfers asked for over REST: PayFlow.Ledger.IntegrationTests",
        ["ledger.expired.voided"] = "needs a pending transfer that expires: PayFlow.Ledger.IntegrationTests",
        ["ledger.intershard.reserved"] = "needs two shards: PayFlow.Ledger.IntegrationTests",
        ["ledger.intershard.posted"] = "needs two shards: PayFlow.Ledger.IntegrationTests",
        ["ledger.slot.closed"] = "needs an operator who moves a slot: PayFlow.Ledger.IntegrationTests",
        ["ledger.slot.left"] = "needs an operator who moves a slot: PayFlow.Ledger.IntegrationTests",
        ["ledger.slot.copied"] = "needs an operator who moves a slot: PayFlow.Ledger.IntegrationTests",
        ["ledger.slot.arrived"] = "needs an operator who moves a slot: PayFlow.Ledger.IntegrationTests",
        ["ledger.period.cut"] = "needs an operator who closes a month: PayFlow.Ledger.IntegrationTests",
        ["ledger.period.totalled"] = "needs an operator who closes a month: PayFlow.Ledger.IntegrationTests",
        ["ledger.period.closed"] = "needs an operator who closes a month: PayFlow.Ledger.IntegrationTests",
        ["ledger.archive.written"] = "needs an operator who archives a month: PayFlow.Ledger.IntegrationTests",
        ["ledger.archive.detached"] = "needs an operator who archives a month: PayFlow.Ledger.IntegrationTests",
        ["ledger.head.signed"] = "goes by the clock: PayFlow.Ledger.IntegrationTests",
        ["ledger.head.written"] = "goes by the clock: PayFlow.Ledger.IntegrationTests",
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
