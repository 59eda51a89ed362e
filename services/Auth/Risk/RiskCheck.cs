using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
using PayFlow.Contracts.Common.V1;
using PayFlow.Contracts.Fraud.V1;
using Polly;
using Polly.CircuitBreaker;
using KernelMode = PayFlow.Kernel.Mode;
using WireMode = PayFlow.Contracts.Common.V1.Mode;
using WireMoney = PayFlow.Contracts.Common.V1.Money;

namespace PayFlow.Auth.Risk;

/// <summary>
/// Asks Fraud. When it can't be asked: small amounts are allowed at once and say so (<c>fallback</c>), larger ones wait for it, and are declined when it
/// stays away.
/// </summary>
public sealed partial class RiskCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Fraud.FraudClient fraud;
    private readonly RiskOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<RiskCheck> logger;
    private readonly ResiliencePipeline breaker;

    public RiskCheck(Fraud.FraudClient fraud, IOptions<RiskOptions> options, TimeProvider time, ILogger<RiskCheck> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.fraud = fraud;
        this.options = options.Value;
        this.time = time;
        this.logger = logger;
        // So that a Fraud that hangs doesn't cost every payment its whole deadline.
        breaker = new ResiliencePipelineBuilder { Name = "fraud", TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<RpcException>(),
            FailureRatio = 0.9,
            MinimumThroughput = 5,
            SamplingDuration = TimeSpan.FromSeconds(5),
            BreakDuration = TimeSpan.FromSeconds(1),
        }).Build();
    }

    public async Task<RiskView> AssessAsync(KeyRow key, PaymentRequest request, CancellationToken ct)
    {
        var question = Question(key, request);
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return RiskRules.Judge(await breaker.ExecuteAsync(async cancel => await fraud.CheckRiskAsync(question, cancellationToken: cancel), ct));
            }
            catch (Exception away) when (away is RpcException or BrokenCircuitException)
            {
                ct.ThrowIfCancellationRequested();
                var verdict = RiskRules.WithoutFraud(request.Amount, options.FallbackLimit);
                if (verdict.Passes || time.GetElapsedTime(started) + Pause > options.Patience)
                {
                    LogFallback(key.PaymentId, verdict.Decision, away.Message);
                    return verdict;
                }
            }

            await Task.Delay(Pause, time, ct);
        }
    }

    private static CheckRiskRequest Question(KeyRow key, PaymentRequest request) => new()
    {
        PaymentId = key.PaymentId.ToString(),
        MerchantId = key.Name.MerchantId.ToString(),
        Mode = key.Name.Mode == KernelMode.Live ? WireMode.Live : WireMode.Test,
        Amount = new WireMoney { MinorUnits = request.Amount.MinorUnits, Currency = request.Amount.Currency.Code },
        Card = request.Card is { } card
            ? new CardFacts { Fingerprint = card.Fingerprint, Brand = card.Brand, Bin = card.Bin, Last4 = card.Last4, Country = card.Country ?? "" }
            : null,
        BankAccount = request.BankAccount is { } account
            ? new BankAccountFacts { Fingerprint = account.Fingerprint, Routing = account.Routing, Last4 = account.Last4 }
            : null,
        IpAddress = request.Customer.IpAddress ?? "",
        IpCountry = request.Customer.Country ?? "",
        BillingCountry = request.Customer.BillingCountry ?? "",
        ShippingCountry = request.Customer.ShippingCountry ?? "",
        DeviceId = request.Customer.DeviceId ?? "",
        CustomerEmailHash = request.Customer.EmailHash ?? "",
        RequestedAt = key.CreatedAt.ToTimestamp(),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Fraud could not be asked about {Payment}, so it is {Decision}: {Reason}")]
    private partial void LogFallback(Id payment, string decision, string reason);
}
