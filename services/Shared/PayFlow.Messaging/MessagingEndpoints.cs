using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PayFlow.Messaging.Inbox;
using PayFlow.Messaging.Relay;
using PayFlow.Storage;

namespace PayFlow.Messaging;

/// <summary>What operators ask a service about its messages, and tell it.</summary>
public static class MessagingEndpoints
{
    private const string OpsKeyHeader = "X-Ops-Key";
    private const int Page = 100;

    /// <summary>
    /// Maps, below <c>/internal</c> and only for who sends the header <c>X-Ops-Key</c> (configuration <c>OpsKey</c>): <c>GET outbox</c>, <c>POST outbox/republish</c>,
    /// <c>GET dead-letters</c>, <c>POST dead-letters/{id}/replay</c> and, when they are on, the crash points.
    /// </summary>
    public static void MapMessagingEndpoints(this IEndpointRouteBuilder app)
    {
        var group = app.MapOps("/internal");
        group.MapGet("/outbox", BacklogAsync);
        group.MapPost("/outbox/republish", RepublishAsync);
        group.MapGet("/dead-letters", DeadLettersAsync);
        group.MapPost("/dead-letters/{id}/replay", ReplayAsync);
        app.MapCrashPoints();
    }

    /// <summary>Maps <c>POST /internal/crash-points/{name}</c> (<c>name@3</c> for the third hit) and <c>DELETE /internal/crash-points</c>, when configuration <c>PayFlow:CrashPoints</c> turns them on.</summary>
    public static void MapCrashPoints(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<IConfiguration>()["PayFlow:CrashPoints"] is null or "")
            return;

        var group = app.MapOps("/internal/crash-points");
        group.MapPost("/{name}", (string name) =>
        {
            CrashPoint.Arm(name);
            return TypedResults.NoContent();
        });
        group.MapDelete("", () =>
        {
            CrashPoint.Disarm();
            return TypedResults.NoContent();
        });
    }

    private static RouteGroupBuilder MapOps(this IEndpointRouteBuilder app, string prefix)
    {
        var expected = app.ServiceProvider.GetRequiredService<IConfiguration>()["OpsKey"];
        var group = app.MapGroup(prefix).ExcludeFromDescription();
        group.AddEndpointFilter(async (context, next) => IsOperator(context.HttpContext.Request, expected)
            ? await next(context)
            : TypedResults.Problem(title: "Operators only", detail: $"Send the operator's key in the header {OpsKeyHeader}.", statusCode: StatusCodes.Status401Unauthorized));
        return group;
    }

    /// <summary>Compares in constant time. Without a configured key nobody is an operator.</summary>
    private static bool IsOperator(HttpRequest request, string? expected) =>
        expected is { Length: > 0 }
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(request.Headers[OpsKeyHeader].ToString())), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    private static async Task<IResult> BacklogAsync(IEnumerable<PublishedOutbox> outboxes, CancellationToken ct)
    {
        var answers = new List<object>();
        foreach (var shards in outboxes.Select(outbox => outbox.Shards))
        {
            var lanes = new List<LaneBacklog>();
            var parked = new List<ParkedAggregate>();
            foreach (var shard in shards.All)
            {
                lanes.AddRange(await BacklogSql.LanesAsync(shard, ct));
                parked.AddRange(await BacklogSql.ParkedAsync(shard, Page, ct));
            }

            answers.Add(new { shards.Database, Unpublished = lanes.Sum(lane => lane.Unpublished), Lanes = lanes, Parked = parked });
        }

        return TypedResults.Ok(new { Outboxes = answers });
    }

    private static async Task<IResult> RepublishAsync(IEnumerable<PublishedOutbox> outboxes, IServiceProvider services, DateTimeOffset? from, CancellationToken ct)
    {
        var queued = 0L;
        foreach (var shards in outboxes.Select(outbox => outbox.Shards))
            queued += await Republish.RunAsync(shards, services.GetRequiredService<OutboxSignal>(), from, ct);
        return TypedResults.Ok(new { Queued = queued });
    }

    private static async Task<IResult> DeadLettersAsync(IEnumerable<EventConsumerService> consumers, bool? replayed, CancellationToken ct)
    {
        var letters = new List<object>();
        foreach (var shard in consumers.SelectMany(consumer => consumer.Shards.All).Distinct())
        {
            foreach (var letter in await DeadLetterSql.ListAsync(shard, replayed ?? false, Page, ct))
                letters.Add(Describe(shard, letter));
        }

        return TypedResults.Ok(new { DeadLetters = letters });
    }

    private static async Task<IResult> ReplayAsync(IEnumerable<EventConsumerService> consumers, string id, CancellationToken ct)
    {
        // {consumer}.{shard}.{number}
        if (id.Split('.') is not [.. var name, var shardText, var numberText]
            || !int.TryParse(shardText, out var shardNumber) || !long.TryParse(numberText, out var number)
            || consumers.FirstOrDefault(consumer => consumer.Inbox.Name == string.Join('.', name)) is not { } consumer
            || shardNumber < 0 || shardNumber >= consumer.Shards.All.Count
            || await DeadLetterSql.FindAsync(consumer.Shards.All[shardNumber], number, ct) is not { } letter || letter.Consumer != consumer.Inbox.Name)
        {
            return TypedResults.Problem(title: "Not found", detail: $"There is no dead letter '{id}' of a consumer of this service.", statusCode: StatusCodes.Status404NotFound);
        }

        var shard = consumer.Shards.All[shardNumber];
        return await consumer.Inbox.ReplayAsync(shard, letter, ct) is { } reason
            ? TypedResults.Problem(title: "Not replayed", detail: reason, statusCode: StatusCodes.Status409Conflict)
            : TypedResults.Ok(Describe(shard, (await DeadLetterSql.FindAsync(shard, number, ct))!));
    }

    private static object Describe(Shard shard, DeadLetter letter) => new
    {
        Id = $"{letter.Consumer}.{shard.Number}.{letter.Number}",
        letter.Consumer,
        letter.Event.Topic,
        letter.Event.Partition,
        letter.Event.Offset,
        letter.Event.Type,
        Aggregate = letter.Event.Aggregate.ToString(),
        letter.Event.Sequence,
        letter.Reason,
        letter.Tries,
        letter.DiedAt,
        letter.ReplayedAt,
        Payload = Convert.ToBase64String(letter.Event.Payload.Span),
    };
}
