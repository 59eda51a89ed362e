using Npgsql;
using PayFlow.Storage;

namespace PayFlow.Sandbox;

/// <summary>The acquirers' books are one database: they know nothing of PayFlow's slots.</summary>
public sealed class SandboxDatabase(Shards shards)
{
    public const string Name = "sandbox";

    public NpgsqlDataSource Source => shards.All[0].Source;
}
