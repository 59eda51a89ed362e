using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>
/// A write was meant for a shard that a slot does not live on (any more), or at an older epoch. Nothing was written. The map has been read again:
/// ask <see cref="Shards.For"/> again. Where the slot is on its way between two shards, the answer comes a moment later.
/// </summary>
public sealed class StaleSlotException(string message, Exception? inner = null) : UnavailableException(message, inner);
