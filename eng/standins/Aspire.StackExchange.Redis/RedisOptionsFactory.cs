using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>A registered client: the name of its options and where it connects to.</summary>
internal sealed record RedisClient(string OptionsName, string? ConnectionString);

/// <summary>Starts each <see cref="ConfigurationOptions"/> from its client's connection string, so that <c>Configure&lt;ConfigurationOptions&gt;</c> adds to it.</summary>
internal sealed class RedisOptionsFactory(
    IEnumerable<RedisClient> clients,
    IEnumerable<IConfigureOptions<ConfigurationOptions>> setups,
    IEnumerable<IPostConfigureOptions<ConfigurationOptions>> postConfigures,
    IEnumerable<IValidateOptions<ConfigurationOptions>> validations) : OptionsFactory<ConfigurationOptions>(setups, postConfigures, validations)
{
    // A server that is not there yet is tried again; the connection string may say otherwise, since the last word counts.
    private const string Default = "abortConnect=false,";

    protected override ConfigurationOptions CreateInstance(string name) =>
        ConfigurationOptions.Parse(Default + clients.LastOrDefault(client => client.OptionsName == name)?.ConnectionString);
}
