using Grpc.Core;
using Grpc.Net.Client;
using Wire = PayFlow.Contracts.Batch.V1;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>Batch's side: the items of a payment, and the cutoff.</summary>
internal static class Settlement
{
    public static async Task<IReadOnlyList<Wire.Item>> ItemsAsync(World world, string payment)
    {
        using var channel = GrpcChannel.ForAddress(world.BatchAddress);
        using var call = new Wire.Settlement.SettlementClient(channel).ListItems(new Wire.ListItemsRequest { PaymentId = payment });
        var items = new List<Wire.Item>();
        await foreach (var item in call.ResponseStream.ReadAllAsync())
        {
            items.Add(item);
        }

        return items;
    }

    /// <returns>The batches that were sealed.</returns>
    public static async Task<IReadOnlyList<Wire.Batch>> CutoffAsync(World world, Id merchant)
    {
        using var channel = GrpcChannel.ForAddress(world.BatchAddress);
        return (await new Wire.Settlement.SettlementClient(channel).CutoffAsync(new Wire.CutoffRequest { MerchantId = merchant.ToString() })).Batches;
    }
}
