using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Names = PayFlow.Messaging.Topics;

namespace PayFlow.Topics;

/// <summary>
/// Makes the topics that are missing and checks those that are there. A topic with another partition count is refused, not
/// repaired: the slots are already spread over the partitions it has.
/// </summary>
public sealed class EnsureTopics(IAdminClient admin, TopicsOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan OneRequest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromMilliseconds(200);

    private readonly DateTimeOffset _deadline = time.GetUtcNow().AddSeconds(options.TimeoutSeconds);

    /// <summary>Every topic and its dead-letter topic.</summary>
    public static IReadOnlyList<string> Wanted { get; } = [.. Names.All, .. Names.All.Select(Names.DeadLetter)];

    /// <summary>Returns when every topic exists as it must be.</summary>
    /// <exception cref="TopicsRefusedException">The broker stays away, or a topic is not as it must be.</exception>
    public async Task RunAsync()
    {
        var plan = await PlanAsync();
        if (plan.Missing.Count > 0)
        {
            await CreateAsync(plan.Missing);
            // Created means accepted: the broker shows the topics a moment later.
            while ((plan = await PlanAsync()).Missing.Count > 0)
                await PauseAsync($"the broker has not made {string.Join(", ", plan.Missing)}");
        }
        Log.Ready(logger, Wanted.Count, options.Partitions);
    }

    private async Task<TopicPlan> PlanAsync()
    {
        var plan = TopicPlan.Of(await ExistingAsync(), Wanted, options.Partitions);
        return plan.Faults.Count == 0 ? plan
            : throw new TopicsRefusedException($"The broker's topics are not PayFlow's: {string.Join("; ", plan.Faults)}. Delete them, or set topics:partitions to what they have.");
    }

    /// <summary>Asks for all topics at once: to ask for one by its name would create it on some brokers.</summary>
    private async Task<Dictionary<string, int>> ExistingAsync()
    {
        while (true)
        {
            try
            {
                var metadata = admin.GetMetadata(OneRequest);
                return metadata.Topics.Where(topic => topic.Error.Code == ErrorCode.NoError).ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
            }
            catch (KafkaException away)
            {
                await PauseAsync($"the broker does not answer ({away.Error.Reason})");
            }
        }
    }

    private async Task CreateAsync(IReadOnlyList<string> missing)
    {
        Log.Creating(logger, missing.Count, options.Partitions);
        var retention = TimeSpan.FromDays(options.RetentionDays).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        try
        {
            await admin.CreateTopicsAsync(missing.Select(topic => new TopicSpecification
            {
                Name = topic,
                NumPartitions = options.Partitions,
                ReplicationFactor = options.Replication,
                Configs = new() { ["retention.ms"] = retention },
            }), new CreateTopicsOptions { RequestTimeout = OneRequest, OperationTimeout = OneRequest });
        }
        catch (CreateTopicsException refusal) when (refusal.Results.All(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            Log.MadeByAnother(logger);
        }
        catch (KafkaException refusal)
        {
            throw new TopicsRefusedException($"The broker does not create {string.Join(", ", missing)}: {refusal.Message}");
        }
    }

    private async Task PauseAsync(string reason)
    {
        if (time.GetUtcNow() >= _deadline)
            throw new TopicsRefusedException($"After {options.TimeoutSeconds} s {reason}.");
        await Task.Delay(BetweenRequests, time);
    }
}
