using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Acquirers;

/// <summary>
/// An acquirer behind an XML gateway: one address, one document for each call, and an answer that is always 200 and says in a response code of ISO 8583 (field 39)
/// what happened.
/// </summary>
public sealed class XmlAcquirer(string name, Uri address, HttpClient http) : IAcquirer
{
    private const string Approved = "00";
    private const string FormatError = "30";
    private const string NotFound = "25";
    private const int MaxCharacters = 1_000_000;

    // ISO 8583:1987 field 39, with the networks' own codes for security code (N7) and authentication (1A). A code that is not here is not understood, and never a decline.
    private static readonly FrozenDictionary<string, string> Declines = new Dictionary<string, string>
    {
        ["05"] = DeclineCodes.CardDeclined,
        ["14"] = DeclineCodes.IncorrectNumber,
        ["17"] = DeclineCodes.Reversed,
        ["1A"] = DeclineCodes.AuthenticationRequired,
        ["41"] = DeclineCodes.LostCard,
        ["43"] = DeclineCodes.StolenCard,
        ["51"] = DeclineCodes.InsufficientFunds,
        ["54"] = DeclineCodes.ExpiredCard,
        ["91"] = DeclineCodes.IssuerUnavailable,
        ["92"] = DeclineCodes.ProcessingError,
        ["N7"] = DeclineCodes.IncorrectCvc,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Refusals = new Dictionary<string, string>
    {
        ["12"] = "authorization_declined",
        ["13"] = "exceeds_captured",
        ["17"] = "authorization_reversed",
        ["21"] = "captured",
        [NotFound] = OperationAnswer.UnknownAuthorization,
        ["40"] = "settled",
        ["57"] = "authorization_closed",
        ["58"] = "not_captured",
        ["61"] = "exceeds_authorized",
        ["62"] = "refunded",
        ["76"] = "unknown_capture",
        ["79"] = "voided",
        [FormatError] = "invalid_request",
    }.ToFrozenDictionary();

    // Nothing in an answer may reach for anything outside it, and nothing may grow.
    private static readonly XmlReaderSettings Careful = new()
    {
        Async = true,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxCharacters,
    };

    public string Name => name;

    public async Task<AuthorizationAnswer> AuthorizeAsync(AuthorizationCall call, CancellationToken ct)
    {
        var card = new XElement("Card", new XElement("PAN", call.Card.Number), new XElement("Expiry", Expiry(call.Card.ExpYear, call.Card.ExpMonth)));
        if (call.Card.Cvc is { } cvc)
        {
            card.Add(new XElement("CVV2", cvc));
        }

        var authenticated = new XElement("Authenticated", call.Authenticated ? "Y" : "N");
        var said = await AskAsync("AUTH", call.Reference, ct, new XElement("MerchantID", call.MerchantId.ToString()), Amount(call.Amount), card, authenticated);
        return said.Code == FormatError ? AuthorizationAnswer.Refused : Authorization(said);
    }

    public async Task<AuthorizationAnswer?> InquireAsync(string reference, CancellationToken ct)
    {
        var said = await AskAsync("STATUS", reference, ct);
        return said.Code == NotFound ? null : Authorization(said);
    }

    public Task<OperationAnswer> CaptureAsync(CaptureCall call, CancellationToken ct) => CarryOutAsync(
        "CAPTURE",
        call.Reference,
        ct,
        HostReference(call.Authorization),
        new XElement("OriginalID", call.AuthorizationReference),
        Amount(call.Amount),
        new XElement("Final", call.IsFinal ? "Y" : "N"));

    public Task<OperationAnswer> RefundAsync(RefundCall call, CancellationToken ct) =>
        CarryOutAsync("REFUND", call.Reference, ct, HostReference(call.Authorization), Amount(call.Amount));

    public Task<OperationAnswer> VoidCaptureAsync(CaptureVoidCall call, CancellationToken ct) => CarryOutAsync("VOID", call.Reference, ct, HostReference(call.Capture));

    public async Task<ReversalAnswer> ReverseAsync(string reference, CancellationToken ct)
    {
        var said = await AskAsync("REVERSAL", reference, ct);
        return new ReversalAnswer(said.Code is Approved or NotFound ? null : Refusal(said));
    }

    public async Task<AuthorizationPage> ListAsync(AuthorizationPageCall call, CancellationToken ct)
    {
        var page = new XElement("Page", new XAttribute("from", Time(call.From)), new XAttribute("until", Time(call.Until)), new XAttribute("limit", call.Limit));
        if (call.After is { } after)
        {
            page.Add(new XAttribute("after", after));
        }

        var said = await AskAsync("JOURNAL", "journal", ct, page);
        if (said.Code != Approved || said.Body.Element("Journal") is not { } journal)
        {
            throw Unclear(said.Code);
        }

        return new AuthorizationPage([.. journal.Elements("Entry").Select(Entry)], (string?)journal.Attribute("more") == "Y");
    }

    private async Task<OperationAnswer> CarryOutAsync(string action, string reference, CancellationToken ct, params IEnumerable<XElement> content)
    {
        var said = await AskAsync(action, reference, ct, content);
        return said.Code == Approved ? new OperationAnswer(said.HostReference ?? throw Unclear(said.Code), null) : new OperationAnswer(null, Refusal(said));
    }

    private AuthorizationAnswer Authorization(Said said) => said switch
    {
        { Code: Approved, HostReference: { } id } => AuthorizationAnswer.Approved(id),
        _ when Declines.TryGetValue(said.Code, out var code) => AuthorizationAnswer.Declined(said.HostReference, code, DeclineCodes.KindOf(code)),
        _ => throw Unclear(said.Code),
    };

    private string Refusal(Said said) => Refusals.TryGetValue(said.Code, out var reason) ? reason : throw Unclear(said.Code);

    private AuthorizationEntry Entry(XElement entry) =>
        entry.Attribute("id") is { } id && entry.Attribute("hostReference") is { } hostReference && entry.Attribute("merchant") is { } merchant
        && entry.Attribute("status") is { } status && Currency.TryParse((string?)entry.Attribute("currency"), out var currency)
        && long.TryParse((string?)entry.Attribute("amount"), NumberStyles.None, CultureInfo.InvariantCulture, out var amount)
            ? new AuthorizationEntry(id.Value, hostReference.Value, merchant.Value, new Money(amount, currency), status.Value is not ("DECLINED" or "REVERSED" or "VOIDED"))
            : throw Unclear("an entry that is not whole");

    private async Task<Said> AskAsync(string action, string id, CancellationToken ct, params IEnumerable<XElement> content)
    {
        var document = new XDocument(new XElement("GatewayRequest", new XAttribute("version", "1.0"), new XElement("Transaction", new XAttribute("action", action), new XAttribute("id", id), content)));
        using var body = new StringContent(document.ToString(SaveOptions.DisableFormatting), Encoding.UTF8, "application/xml");
        using var answer = await http.PostAsync(address, body, ct);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            throw HttpAnswers.Unclear(name, answer);
        }

        return await ReadAsync(answer, action, id, ct);
    }

    // An answer to another question than ours proves nothing about ours.
    private async Task<Said> ReadAsync(HttpResponseMessage answer, string action, string id, CancellationToken ct)
    {
        try
        {
            using var reader = XmlReader.Create(await answer.Content.ReadAsStreamAsync(ct), Careful);
            var transaction = (await XDocument.LoadAsync(reader, LoadOptions.None, ct)).Root?.Element("Transaction");
            return transaction?.Element("ResponseCode") is { Value.Length: > 0 } code && (string?)transaction.Attribute("action") == action && (string?)transaction.Attribute("id") == id
                ? new Said(code.Value, transaction)
                : throw Unclear("something else than was asked");
        }
        catch (XmlException garbled)
        {
            throw new AcquirerFailedException($"{name} gave an answer that isn't the XML it should be.", outcomeUnknown: true, garbled);
        }
    }

    private AcquirerFailedException Unclear(string what) => new($"{name} answered {what}.", outcomeUnknown: true);

    private static XElement HostReference(string externalId) => new("HostReference", externalId);

    // Twelve digits of the minor unit, as in field 4.
    private static XElement Amount(Money amount) => new("Amount", new XAttribute("currency", amount.Currency.Code), amount.MinorUnits.ToString("D12", CultureInfo.InvariantCulture));

    // YYMM, as in field 14.
    private static string Expiry(int year, int month) => string.Create(CultureInfo.InvariantCulture, $"{year % 100:00}{month:00}");

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z";

    private sealed record Said(string Code, XElement Body)
    {
        public string? HostReference => Body.Element("HostReference") is { Value: { Length: > 0 } id } ? id : null;
    }
}
