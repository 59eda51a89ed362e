using PayFlow.Ledger.Chain.Proofs;
using PayFlow.Ledger.Chain.Verification;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Health;

namespace PayFlow.Ledger.Chain;

/// <summary>Tamper evidence: signed heads, verification, proofs.</summary>
internal static class ChainModule
{
    public static void AddChain(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<ChainOptions>("Ledger:Chain");
        var services = builder.Services;
        services.AddSingleton<HeadKeys>().AddSingleton<HeadStore>().AddSingleton<VerifyChain>().AddSingleton<GetPaymentProof>();
        services.AddSingleton<SignHeads>().AddHostedService(provider => provider.GetRequiredService<SignHeads>());
        builder.AddReadyCheck("ledger-heads", (provider, _) => CheckFaults(provider.GetRequiredService<SignHeads>()), Need.Optional);
    }

    // Degraded, not unhealthy: money moves on, and what isn't signed now is signed when the fault is mended.
    private static Task CheckFaults(SignHeads signing) =>
        signing.Faults.FirstOrDefault() is { Value: { } fault } first ? throw new InvalidOperationException($"shard {first.Key} isn't signed: {fault}") : Task.CompletedTask;
}
