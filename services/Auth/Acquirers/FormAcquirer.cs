using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Acquirers;

/// <summary>
/// An acquirer behind a form gateway: one address, form fields in, lines of NAME=value out, amounts in major units. The answer is always 200; STATUS says what happened, negative
/// when that isn't known.
/// </summary>
public sealed class FormAcquirer(string name, Uri address, HttpClient http) : IAcquirer
{
    private const string Done = "0";
    private const string BadField = "4";
    private const string NotFound = "19";

    // A status that is not here is not understood, and never a decline.
    private static readonly FrozenDictionary<string, string> Declines = new Dictionary<string, string>
    {
        ["110"] = DeclineCodes.CardDeclined,
        ["111"] = DeclineCodes.InsufficientFunds,
        ["112"] = DeclineCodes.LostCard,
        ["113"] = DeclineCodes.StolenCard,
        ["114"] = DeclineCodes.ExpiredCard,
        ["115"] = DeclineCodes.IncorrectCvc,
        ["116"] = DeclineCodes.IncorrectNumber,
        ["120"] = DeclineCodes.ProcessingError,
        ["121"] = DeclineCodes.IssuerUnavailable,
        ["130"] = DeclineCodes.AuthenticationRequired,
        ["140"] = DeclineCodes.Reversed,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Refusals = new Dictionary<string, string>
    {
        [BadField] = "invalid_request",
        [NotFound] = OperationAnswer.UnknownAuthorization,
        ["21"] = "exceeds_authorized",
        ["22"] = "authorization_closed",
        ["23"] = "authorization_declined",
        ["24"] = "captured",
        ["31"] = "not_captured",
        ["32"] = "exceeds_captured",
        ["33"] = "unknown_capture",
        ["34"] = "settled",
        ["35"] = "voided",
        ["36"] = "refunded",
        ["140"] = "authorization_reversed",
    }.ToFrozenDictionary();

    public string Name => name;

    public async Task<AuthorizationAnswer> AuthorizeAsync(AuthorizationCall call, CancellationToken ct)
    {
        var said = await AskAsync(
            "A",
            call.Reference,
            ct,
            ("MERCH", call.MerchantId.ToString()),
            ("AMT", Major(call.Amount)),
            ("CUR", call.Amount.Currency.Code),
            ("PAN", call.Card.Number),
            ("EXP", string.Create(CultureInfo.InvariantCulture, $"{call.Card.ExpMonth:00}{call.Card.ExpYear % 100:00}")),
            ("CVC2", call.Card.Cvc),
            ("AUTHENTICATED", call.Authenticated ? "Y" : "N"));
        return said["STATUS"] == BadField ? AuthorizationAnswer.Refused : Authorization(said);
    }

    public async Task<AuthorizationAnswer?> InquireAsync(string reference, CancellationToken ct)
    {
        var said = await AskAsync("I", reference, ct);
        return said["STATUS"] == NotFound ? null : Authorization(said);
    }

    public Task<OperationAnswer> CaptureAsync(CaptureCall call, CancellationToken ct) => CarryOutAsync(
        "C",
        call.Reference,
        ct,
        ("ORIGTXN", call.Authorization),
        ("ORIGORDER", call.AuthorizationReference),
        ("AMT", Major(call.Amount)),
        ("CUR", call.Amount.Currency.Code),
        ("LAST", call.IsFinal ? "Y" : "N"));

    public Task<OperationAnswer> RefundAsync(RefundCall call, CancellationToken ct) =>
        CarryOutAsync("R", call.Reference, ct, ("ORIGTXN", call.Authorization), ("AMT", Major(call.Amount)), ("CUR", call.Amount.Currency.Code));

    public Task<OperationAnswer> VoidCaptureAsync(CaptureVoidCall call, CancellationToken ct) => CarryOutAsync("X", call.Reference, ct, ("ORIGTXN", call.Capture));

    public async Task<ReversalAnswer> ReverseAsync(string reference, CancellationToken ct)
    {
        var said = await AskAsync("V", reference, ct);
        return new ReversalAnswer(said["STATUS"] is Done or NotFound ? null : Refusal(said));
    }

    public async Task<AuthorizationPage> ListAsync(AuthorizationPageCall call, CancellationToken ct)
    {
        var said = await AskAsync(
            "J", "journal", ct, ("FROM", Time(call.From)), ("UNTIL", Time(call.Until)), ("LIMIT", call.Limit.ToString(CultureInfo.InvariantCulture)), ("AFTER", call.After));
        if (said["STATUS"] != Done || !int.TryParse(Text(said, "COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > call.Limit)
        {
            throw Unclear(said);
        }

        return new AuthorizationPage([.. Enumerable.Range(1, count).Select(number => Entry(said, number.ToString(CultureInfo.InvariantCulture)))], Text(said, "MORE") == "Y");
    }

    private async Task<OperationAnswer> CarryOutAsync(string type, string reference, CancellationToken ct, params IEnumerable<(string Name, string? Value)> fields)
    {
        var said = await AskAsync(type, reference, ct, fields);
        return said["STATUS"] == Done ? new OperationAnswer(Text(said, "TXN"), null) : new OperationAnswer(null, Refusal(said));
    }

    private AuthorizationAnswer Authorization(IReadOnlyDictionary<string, string> said) => said["STATUS"] == Done
        ? AuthorizationAnswer.Approved(Text(said, "TXN"))
        : Declines.TryGetValue(said["STATUS"], out var code) ? AuthorizationAnswer.Declined(said.GetValueOrDefault("TXN"), code, DeclineCodes.KindOf(code)) : throw Unclear(said);

    private string Refusal(IReadOnlyDictionary<string, string> said) => Refusals.TryGetValue(said["STATUS"], out var reason) ? reason : throw Unclear(said);

    private AuthorizationEntry Entry(IReadOnlyDictionary<string, string> said, string number) =>
        Currency.TryParse(Text(said, $"CUR.{number}"), out var currency) && Minor(Text(said, $"AMT.{number}"), currency) is { } amount
            ? new AuthorizationEntry(Text(said, $"ORDER.{number}"), Text(said, $"TXN.{number}"), Text(said, $"MERCH.{number}"), amount, Text(said, $"STATE.{number}") is not ("DECLINED" or "REVERSED" or "VOIDED"))
            : throw Unclear(said);

    private async Task<IReadOnlyDictionary<string, string>> AskAsync(string type, string order, CancellationToken ct, params IEnumerable<(string Name, string? Value)> fields)
    {
        var form = fields.Where(field => field.Value is not null).Prepend(("ORDER", order)).Prepend(("REQTYPE", type)).Select(field => KeyValuePair.Create(field.Item1, field.Item2!));
        using var body = new FormUrlEncodedContent(form);
        using var answer = await http.PostAsync(address, body, ct);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw HttpAnswers.Unclear(name, answer);
        }

        return Read(await answer.Content.ReadAsStringAsync(ct), type, order);
    }

    // An answer to another question than ours, or one that was cut off before its last line, proves nothing about ours.
    private Dictionary<string, string> Read(string text, string type, string order)
    {
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at) || !said.TryAdd(line[..at], line[(at + 1)..].TrimEnd('\r')))
            {
                throw new AcquirerFailedException($"{name} gave an answer that isn't lines of NAME=value.", outcomeUnknown: true);
            }
        }

        return said.ContainsKey("STATUS") && said.GetValueOrDefault("REQTYPE") == type && said.GetValueOrDefault("ORDER") == order && said.GetValueOrDefault("END") == "Y"
            ? said
            : throw new AcquirerFailedException($"{name} answered something else than was asked, or not to its end.", outcomeUnknown: true);
    }

    private string Text(IReadOnlyDictionary<string, string> said, string field) => said.TryGetValue(field, out var value) && value.Length > 0 ? value : throw Unclear(said);

    private AcquirerFailedException Unclear(IReadOnlyDictionary<string, string> said) => new($"{name} answered with status {said["STATUS"]}, which says too little.", outcomeUnknown: true);

    // 15.00 USD is "15.00", 1500 JPY is "1500".
    private static string Major(Money amount) => amount.ToString().Split(' ')[0];

    private static Money? Minor(string major, Currency currency)
    {
        if (!decimal.TryParse(major, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        for (var decimals = currency.Exponent; decimals > 0; decimals--)
        {
            value *= 10;
        }

        return value == decimal.Truncate(value) && value <= Money.MaxMinorUnits ? new Money((long)value, currency) : null;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
}
