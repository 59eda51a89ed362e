namespace Aspire.Hosting.Launching;

/// <summary>A reason not to start, in a sentence for the person at the terminal.</summary>
internal sealed class LauncherException(string message) : Exception(message);
