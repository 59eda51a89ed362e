using System.Reflection;

namespace PayFlow.Storage.Migrations;

/// <summary>The tables that one assembly keeps in a database.</summary>
/// <param name="Database">The database that <c>AddShards</c> registers.</param>
/// <param name="Name">The assembly's name, under which its scripts are written down.</param>
/// <param name="Scripts">Its scripts, in order.</param>
internal sealed record SchemaModule(string Database, string Name, IReadOnlyList<SchemaScript> Scripts)
{
    public static SchemaModule From(string database, Assembly assembly) => new(database, assembly.GetName().Name!, SchemaScript.Embedded(assembly));
}
