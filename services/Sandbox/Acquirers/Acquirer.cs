using System.Diagnostics.CodeAnalysis;
using PayFlow.Kernel;

namespace PayFlow.Sandbox.Acquirers;

/// <summary>The format that an acquirer's gateway speaks.</summary>
public enum Wire
{
    /// <summary>No gateway: resources with JSON.</summary>
    Json,

    Xml,

    Form,
}

/// <summary>What an acquirer takes payments from.</summary>
public enum Payer
{
    Card,
    BankAccount,
}

/// <summary>An acquirer that the Sandbox plays. As a route value an unknown code is a 400, not a 404: to an inquiry, 404 means "never seen".</summary>
/// <param name="Code">As routes and tables spell it.</param>
/// <param name="Prefix">Begins every id that it gives away.</param>
public sealed record Acquirer(string Code, string Prefix, Wire Wire, Payer Takes = Payer.Card)
{
    public static IReadOnlyList<Acquirer> All { get; } =
    [
        new("northbank", "nb", Wire.Json), new("harbor", "hb", Wire.Xml), new("meridian", "md", Wire.Form),
        new("keystone", "ks", Wire.Json, Payer.BankAccount),   // the bank that originates debits in the ACH network
    ];

    public string NewAuthorizationId(DateTimeOffset now) => NewId(Prefix, now);

    public string NewCaptureId(DateTimeOffset now) => NewId($"{Prefix}c", now);

    public string NewCaptureVoidId(DateTimeOffset now) => NewId($"{Prefix}v", now);

    public string NewRefundId(DateTimeOffset now) => NewId($"{Prefix}r", now);

    public string NewDisputeId(DateTimeOffset now) => NewId($"{Prefix}x", now);

    public string NewReturnId(DateTimeOffset now) => NewId($"{Prefix}b", now);

    public string NewDebitId(DateTimeOffset now) => NewId($"{Prefix}d", now);

    public static bool TryParse(string? code, [NotNullWhen(true)] out Acquirer? acquirer)
    {
        acquirer = All.FirstOrDefault(known => known.Code == code);
        return acquirer is not null;
    }

    // An acquirer knows nothing of slots; its ids are PayFlow's only in that they sort by time.
    private static string NewId(string prefix, DateTimeOffset now) => Id.New(prefix, default, now).ToString();
}
