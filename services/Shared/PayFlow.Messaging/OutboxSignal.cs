namespace PayFlow.Messaging;

/// <summary>Tells the relay of this process that something was committed to the outbox.</summary>
public sealed class OutboxSignal : Signal;
