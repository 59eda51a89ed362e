using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Health;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Ledger.Slots;

/// <summary>Moving of slots, for operators.</summary>
internal static class SlotModule
{
    public static void AddSlots(this WebApplicationBuilder builder)
    {
        builder.AddSlotMove(LedgerModule.Database);
        builder.Services.AddSingleton<EarlierShards>().AddSingleton<MoveSlot>();
        builder.AddReadyCheck("slots", CheckAsync, Need.Optional);
    }

    public static void MapSlots(this IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/slots/{slot:int}", async (int slot, MoveSlot move, CancellationToken ct) =>
        {
            if (slot is < 0 or >= Slot.Count)
            {
                return Problem.From(Malformed);
            }

            var (shard, goingTo) = await move.FindAsync(new Slot(slot), ct);
            return Results.Ok(new SlotView(slot, shard, goingTo));
        });

        // Whoever asked may hang up: a slot isn't left on its way for that.
        app.MapPost("/internal/slots/{slot:int}/move", async (int slot, int to, MoveSlot move, IHostApplicationLifetime lifetime) =>
            slot is < 0 or >= Slot.Count ? Problem.From(Malformed)
            : (await move.HandleAsync(new Slot(slot), to, lifetime.ApplicationStopping)).TryGet(out var moved, out var refusal) ? Results.Ok(moved) : Problem.From(refusal));
    }

    /// <summary>A move that was cut off leaves a slot to nobody.</summary>
    private static async Task CheckAsync(IServiceProvider services, CancellationToken ct)
    {
        var shards = services.GetRequiredService<Shards>();
        await shards.RefreshAsync(ct);
        var nobodys = Enumerable.Range(0, Slot.Count).Where(slot => shards.Find(new Slot(slot)) is null).ToList();
        if (nobodys.Count > 0)
        {
            throw new InvalidOperationException($"No shard owns slot {string.Join(", ", nobodys)}: a move was cut off, or is under way. GET /internal/slots/{nobodys[0]} says where it is going.");
        }
    }

    private static Refusal Malformed { get; } = Refusal.Invalid([new FieldError("slot", "out_of_range", $"Must be 0 to {Slot.Count - 1}.")]);

    /// <param name="Shard">Where it is; none while it is on its way.</param>
    /// <param name="GoingTo">Where it is on its way to: ask for the move again, and it is finished.</param>
    private sealed record SlotView(int Slot, int? Shard, int? GoingTo);
}
