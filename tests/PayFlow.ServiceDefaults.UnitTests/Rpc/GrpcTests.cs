using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Correlation;
using PayFlow.ServiceDefaults.Http;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Rpc;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Rpc;

public sealed class GrpcTests
{
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Refusal_EveryKind_ComesBackWhole(RefusalKind kind)
    {
        var refusal = new Refusal(kind, "some_code", "Some message — in full.")
        {
            Param = "amount.currency",
            RetryAfter = TimeSpan.FromSeconds(1.5),
            Errors = [new("amount.currency", "unknown_currency", "Not one."), new("capture", "wrong_type", "No.")],
        };
        await using var pair = await ServicePair.StartAsync((_, _) => throw new RefusedException(refusal));
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await pair.Fraud.CheckRiskAsync(new CheckRiskRequest()));
        Assert.Equal(RefusalStatus.Grpc(kind), exception.StatusCode);
        Assert.Equivalent(refusal, exception.Refusal(), strict: true);
    }

    public static TheoryData<RefusalKind> Kinds() => [.. Enum.GetValues<RefusalKind>()];

    [Fact]
    public async Task Refusal_VeryManyErrors_StillArrives()
    {
        var refusal = Refusal.Invalid([.. Enumerable.Range(0, 500).Select(i => new FieldError($"lines[{i}].amount", "out_of_range", new string('x', 40)))]) with { Message = "500 fields are wrong." };
        await using var pair = await ServicePair.StartAsync((_, _) => throw new RefusedException(refusal));
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await pair.Fraud.CheckRiskAsync(new CheckRiskRequest()));
        Assert.Equal(20, exception.Refusal()?.Errors.Count);
    }

    [Fact]
    public async Task Bug_IsInternalWithoutDetails_AndLogged()
    {
        await using var pair = await ServicePair.StartAsync((_, _) => throw new InvalidOperationException("secret inside"));
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await pair.Fraud.CheckRiskAsync(new CheckRiskRequest()));
        Assert.Equal(StatusCode.Internal, exception.StatusCode);
        Assert.DoesNotContain("secret", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Null(exception.Refusal());
        Assert.Contains(pair.Server.Logs.All, line => line.Contains("secret inside", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TransientFailureBelow_IsUnavailableAndRetryable()
    {
        await using var pair = await ServicePair.StartAsync((_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "elsewhere")));
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await pair.Fraud.CheckRiskAsync(new CheckRiskRequest()));
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.True(exception.Refusal()?.Retryable);
    }

    [Fact]
    public async Task Call_WithoutDeadline_GetsTheConfiguredOne()
    {
        await using var pair = await ServicePair.StartAsync(
            async (_, context) =>
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
                return new RiskAssessment();
            },
            ("GrpcClients:Deadline", "00:00:00.200"));
        var watch = Stopwatch.StartNew();
        var exception = await Assert.ThrowsAsync<RpcException>(async () => await pair.Fraud.CheckRiskAsync(new CheckRiskRequest()));
        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"it took {watch.Elapsed}");
    }

    [Fact]
    public async Task Call_WithItsOwnDeadline_KeepsIt()
    {
        var seen = DateTime.MinValue;
        var deadline = (TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1)).UtcDateTime;   // the default is 2 s
        await using var pair = await ServicePair.StartAsync((_, context) =>
        {
            seen = context.Deadline;
            return Task.FromResult(new RiskAssessment());
        });
        await pair.Fraud.CheckRiskAsync(new CheckRiskRequest(), deadline: deadline);
        Assert.True((seen - deadline).Duration() < TimeSpan.FromMinutes(1), $"the server saw {seen:O}");
    }

    [Fact]
    public async Task Call_CarriesCorrelationIdAndTrace()
    {
        using var listener = new ActivityListener { ShouldListenTo = _ => true, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData };
        ActivitySource.AddActivityListener(listener);
        var seen = new ConcurrentQueue<(string? Correlation, string? Trace)>();
        await using var pair = await ServicePair.StartAsync((_, _) =>
        {
            seen.Enqueue((CorrelationId.Current, Activity.Current?.TraceId.ToHexString()));
            return Task.FromResult(new RiskAssessment());
        });
        using var activity = new Activity("test").Start();
        using (CorrelationId.Use("req_of_the_caller"))
        {
            await pair.Fraud.CheckRiskAsync(new CheckRiskRequest());
        }

        Assert.Equal(("req_of_the_caller", activity.TraceId.ToHexString()), Assert.Single(seen));
    }

    // After kill -9 and restart on the same address the next calls must not wait for a long back-off.
    [Fact]
    public async Task Server_GoneAndBack_IsFoundAgain()
    {
        await using var pair = await ServicePair.StartAsync((_, _) => Task.FromResult(new RiskAssessment()));
        await pair.Fraud.CheckRiskAsync(new CheckRiskRequest());
        var address = await pair.RestartServerAsync(async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                await Assert.ThrowsAsync<RpcException>(async () => await pair.Fraud.CheckRiskAsync(new CheckRiskRequest()));
            }
        });
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await pair.Fraud.CheckRiskAsync(new CheckRiskRequest());
                return;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unavailable)
            {
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{address} wasn't found again: {exception.Status.Detail}");
                await Task.Delay(50);
            }
        }
    }

    [Fact]
    public async Task MissingAddress_FailsAtStartAndNamesTheKey()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            TestService.StartAsync(_ => { }, builder => builder.AddGrpcClient("ledger", invoker => new Fraud.FraudClient(invoker))));
        Assert.Contains("services:ledger:grpc:0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("services__ledger__grpc__0", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an address")]
    [InlineData("ftp://127.0.0.1")]
    public void ServiceAddress_Nonsense_IsRefused(string address)
    {
        var configuration = Microsoft.Extensions.Configuration.MemoryConfigurationBuilderExtensions
            .AddInMemoryCollection(new Microsoft.Extensions.Configuration.ConfigurationBuilder(), [new("services:ledger:http:0", address)]).Build();
        Assert.Contains(address, Assert.Throws<InvalidOperationException>(() => ServiceAddress.Of(configuration, "ledger", "http")).Message, StringComparison.Ordinal);
    }

    /// <summary>One service that calls another.</summary>
    private sealed class ServicePair(TestService server, TestService client, Func<CheckRiskRequest, ServerCallContext, Task<RiskAssessment>> answer) : IAsyncDisposable
    {
        public TestService Server { get; private set; } = server;

        public Fraud.FraudClient Fraud { get; } = client.Services.GetRequiredService<Fraud.FraudClient>();

        public static async Task<ServicePair> StartAsync(
            Func<CheckRiskRequest, ServerCallContext, Task<RiskAssessment>> answer, params (string Key, string? Value)[] clientSettings)
        {
            var server = await ServerAsync(answer);
            var client = await TestService.StartAsync(
                _ => { },
                builder => builder.AddGrpcClient("fraud", invoker => new Fraud.FraudClient(invoker)),
                [("services:fraud:grpc:0", server.Grpc.ToString()), .. clientSettings]);
            return new ServicePair(server, client, answer);
        }

        public async Task<Uri> RestartServerAsync(Func<Task> whileAway)
        {
            var address = Server.Grpc;
            await Server.DisposeAsync();
            await whileAway();
            Server = await ServerAsync(answer, address.Port);
            return address;
        }

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await Server.DisposeAsync();
        }

        private static Task<TestService> ServerAsync(Func<CheckRiskRequest, ServerCallContext, Task<RiskAssessment>> answer, int port = 0) => TestService.StartAsync(
            app => app.MapGrpcService<Answering>(), builder => builder.Services.AddSingleton(answer), ("test:grpc:port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    private sealed class Answering(Func<CheckRiskRequest, ServerCallContext, Task<RiskAssessment>> answer) : Fraud.FraudBase
    {
        public override Task<RiskAssessment> CheckRisk(CheckRiskRequest request, ServerCallContext context) => answer(request, context);
    }
}
