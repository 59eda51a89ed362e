using System.Reflection;
using Microsoft.Extensions.Hosting;

namespace PayFlow.Storage;

/// <summary>Registers databases.</summary>
public static class StorageModule
{
    /// <summary>
    /// Adds the shards of a database: <c>ConnectionStrings:{database}</c> is shard 0, <c>ConnectionStrings:{database}-1</c> and on are the others, as
    /// many as <c>Shards:{database}</c> says (1 unless told). Registers <see cref="Shards"/>, also keyed by the database's name. Before any other hosted
    /// service starts, the migrator brings every shard's schema up as the owner of the database; all other work runs as <paramref name="role"/>.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="database">Name of the database.</param>
    /// <param name="schema">The assembly that embeds <c>Schema/0001_name.up.sql</c> and <c>.down.sql</c>.</param>
    /// <param name="role">The role that the service works as. It cannot log in and owns nothing; scripts grant it rights as <c>${role}</c>.</param>
    public static void AddShards(this IHostApplicationBuilder builder, string database, Assembly schema, string role) => throw new NotSupportedException();
}
