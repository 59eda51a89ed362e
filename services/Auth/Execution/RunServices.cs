using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Risk;
using PayFlow.Auth.ThreeDSecure;
using PayFlow.Auth.Vault;
using PayFlow.Storage;

namespace PayFlow.Auth.Execution;

/// <summary>What a run works with.</summary>
public sealed class RunServices(
    PaymentStore store,
    Shards shards,
    RiskCheck risk,
    Routing routing,
    AcquirerDesk acquirers,
    Withdrawals withdrawals,
    AccessControlServer issuers,
    CardVault vault,
    MerchantDirectory merchants,
    IOptions<ExecutorOptions> executor,
    IOptions<PricingOptions> pricing,
    AuthTelemetry telemetry,
    TimeProvider time,
    ILogger<PaymentExecutor> logger)
{
    public PaymentStore Store { get; } = store;

    public Shards Shards { get; } = shards;

    public RiskCheck Risk { get; } = risk;

    public Routing Routing { get; } = routing;

    public AcquirerDesk Acquirers { get; } = acquirers;

    public Withdrawals Withdrawals { get; } = withdrawals;

    public AccessControlServer Issuers { get; } = issuers;

    public CardVault Vault { get; } = vault;

    public MerchantDirectory Merchants { get; } = merchants;

    public ExecutorOptions Options { get; } = executor.Value;

    public PricingOptions Pricing { get; } = pricing.Value;

    public AuthTelemetry Telemetry { get; } = telemetry;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;

    /// <summary>Who holds the leases of this process. A process that starts again is somebody else: what it had in mind is lost.</summary>
    public string Me { get; } = string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}:{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
}
