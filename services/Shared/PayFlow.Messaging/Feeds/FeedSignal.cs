namespace PayFlow.Messaging.Feeds;

/// <summary>Tells readers in this process that its relay has given feeds new numbers.</summary>
public sealed class FeedSignal : Signal;
