using System.Text;
using Confluent.Kafka;
using Npgsql;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Messaging;
using StackExchange.Redis;

namespace PayFlow.Auth.IntegrationTests.Vault;

/// <summary>Everything that a run left somewhere: by place, as text in which bytes are hexadecimal.</summary>
internal sealed class Evidence
{
    private readonly Dictionary<string, string> places = [];

    /// <summary>Reads all places at once. Of the table <c>tokens</c> only what isn't sealed.</summary>
    public static async Task<Evidence> CollectAsync(string database, IConnectionMultiplexer redis, string kafka, LogLines logs, string answers)
    {
        var evidence = new Evidence();
        await evidence.ReadTablesAsync(database);
        await evidence.ReadRedisAsync(redis);
        evidence.ReadTopics(kafka);
        evidence.places["logs"] = logs.Text;
        evidence.places["answers"] = answers;
        return evidence;
    }

    public string this[string place] => places[place];

    public IEnumerable<string> Places => places.Keys;

    /// <summary>Where a secret is: as it is, or as bytes.</summary>
    public IEnumerable<string> WhereIs(string secret)
    {
        var bytes = Convert.ToHexString(Encoding.UTF8.GetBytes(secret));
        return places.Where(place => place.Value.Contains(secret, StringComparison.Ordinal) || place.Value.Contains(bytes, StringComparison.OrdinalIgnoreCase)).Select(place => place.Key);
    }

    private async Task ReadTablesAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'", connection))
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables)
        {
            var rows = new StringBuilder();
            await using var command = new NpgsqlCommand($"SELECT t::text FROM {table} t", connection);   // bytea as \x and hexadecimal
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                rows.AppendLine(reader.GetString(0));
            }

            places[$"table {table}"] = rows.ToString();
        }
    }

    private async Task ReadRedisAsync(IConnectionMultiplexer redis)
    {
        var database = redis.GetDatabase();
        var values = new StringBuilder();
        foreach (var key in redis.GetServer(redis.GetEndPoints()[0]).Keys())
        {
            values.AppendLine(key.ToString());
            values.AppendLine(await database.KeyTypeAsync(key) switch
            {
                RedisType.String => (await database.StringGetAsync(key)).ToString(),
                RedisType.Hash => string.Join('\n', await database.HashGetAllAsync(key)),
                RedisType.Set => string.Join('\n', await database.SetMembersAsync(key)),
                RedisType.SortedSet => string.Join('\n', await database.SortedSetRangeByRankAsync(key)),
                RedisType.List => string.Join('\n', await database.ListRangeAsync(key)),
                var other => throw new InvalidOperationException($"{key} is a {other}, which nobody searches."),
            });
        }

        places["redis"] = values.ToString();
    }

    private void ReadTopics(string kafka)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = kafka,
            GroupId = $"evidence-{Environment.ProcessId}-{Environment.TickCount64}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 20,
        }).Build();
        var topics = Topics.All.Concat(Topics.All.Select(Topics.DeadLetter)).ToDictionary(topic => topic, _ => new StringBuilder());
        Read(consumer, topics);
        foreach (var (topic, messages) in topics)
        {
            places[$"topic {topic}"] = messages.ToString();
        }
    }

    private static void Read(IConsumer<byte[], byte[]> consumer, Dictionary<string, StringBuilder> topics)
    {
        var left = topics.Keys.SelectMany(topic => Enumerable.Range(0, World.Partitions).Select(partition => new TopicPartition(topic, partition))).ToHashSet();
        consumer.Assign(left.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        while (left.Count > 0)
        {
            var result = consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException($"{string.Join(", ", left)} could not be read to the end.");
            if (result.IsPartitionEOF)
            {
                left.Remove(result.TopicPartition);
                continue;
            }

            var messages = topics[result.Topic];
            messages.AppendLine(Convert.ToHexString(result.Message.Key ?? [])).AppendLine(Convert.ToHexString(result.Message.Value ?? []));
            foreach (var header in result.Message.Headers)
            {
                messages.AppendLine(header.Key).AppendLine(Convert.ToHexString(header.GetValueBytes() ?? []));
            }
        }
    }
}
