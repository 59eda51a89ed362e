using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Auth.V1;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Testing;
using Wire = PayFlow.Contracts.Auth.V1;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>An Auth in a process of its own, to be killed between any two steps and started again.</summary>
public sealed class AuthProcess(World world, string database, Action<Dictionary<string, string?>>? configure = null) : IAsyncDisposable
{
    private readonly Uri http = World.Local(FreePort.Next());
    private readonly Uri grpc = World.Local(FreePort.Next());
    private readonly InternalIdentity identity = new(Options.Create(new InternalIdentityOptions { Key = World.IdentityKey }), TimeProvider.System);
    private readonly List<ServiceProcess> starts = [];

    public Uri Http => http;

    public bool IsRunning => starts[^1].IsRunning;

    /// <summary>What all its starts wrote.</summary>
    public IEnumerable<string> Log => starts.SelectMany(process => process.Log);

    /// <summary>Starts it, or starts it again.</summary>
    /// <param name="crashPoint">Where it is to die; null when it isn't to.</param>
    public async Task StartAsync(string? crashPoint = null)
    {
        var settings = world.Settings();
        settings["ConnectionStrings:payments"] = database;
        settings["Kestrel:Endpoints:http:Url"] = http.AbsoluteUri;
        settings["Kestrel:Endpoints:grpc:Url"] = grpc.AbsoluteUri;
        settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        settings["PayFlow:CrashPoints"] = crashPoint;
        configure?.Invoke(settings);
        var process = new ServiceProcess(
            Repository.Assembly("services/Auth/PayFlow.Auth.csproj"),
            settings.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value));
        starts.Add(process);
        await process.StartAsync();
        if (crashPoint is null)
        {
            await process.WaitForHealthAsync(http);
        }
    }

    public Task WaitForHealthAsync() => starts[^1].WaitForHealthAsync(http);

    public Task StopAsync() => starts[^1].StopAsync();

    /// <summary>A client of a merchant that speaks to this process.</summary>
    public MerchantClient ClientOf(Id merchant) => new(http, identity, merchant, Mode.Test);

    public async Task<MerchantClient> NewMerchantAsync()
    {
        using var channel = GrpcChannel.ForAddress(grpc);
        var created = await new Wire.Merchants.MerchantsClient(channel).CreateMerchantAsync(new CreateMerchantRequest { Name = "Shop", Mode = Contracts.Common.V1.Mode.Test });
        return new MerchantClient(http, identity, Id.Parse(IdPrefix.Merchant, created.MerchantId), Mode.Test);
    }

    public async Task<IReadOnlyList<Wire.Payment>> PaymentsAsync(Id merchant)
    {
        using var channel = GrpcChannel.ForAddress(grpc);
        using var call = new Wire.Payments.PaymentsClient(channel).StreamPayments(new StreamPaymentsRequest { MerchantId = merchant.ToString() });
        var all = new List<Wire.Payment>();
        await foreach (var payment in call.ResponseStream.ReadAllAsync())
        {
            all.Add(payment);
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in starts)
        {
            await process.DisposeAsync();
        }
    }
}
