namespace PayFlow.Kernel;

/// <summary>The prefixes of ids: what an id names can be read off it.</summary>
public static class IdPrefix
{
    public const string Merchant = "mer";
    public const string ApiKey = "key";
    public const string Token = "tok";
    public const string Payment = "pay";
    public const string Operation = "op";
    public const string Attempt = "att";
    public const string Transfer = "tr";
    public const string ExchangeQuote = "fxq";
    public const string Item = "itm";
    public const string Batch = "bat";
    public const string Exception = "exc";
    public const string Dispute = "dsp";
    public const string Event = "evt";
    public const string WebhookEndpoint = "we";
    public const string WebhookDelivery = "whd";
}
