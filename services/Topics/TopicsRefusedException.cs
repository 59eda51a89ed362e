namespace PayFlow.Topics;

/// <summary>Why the topics are not as they must be, in a sentence.</summary>
public sealed class TopicsRefusedException(string message) : Exception(message);
