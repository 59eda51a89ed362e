using System.Globalization;

namespace PayFlow.Messaging;

/// <summary>What this process is called among its peers: machine and process id, and a random part because both come again.</summary>
internal sealed class InstanceName
{
    public string Value { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Random.Shared.Next():x8}");
}
