using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Gateways;

/// <summary>
/// The XML of harbor: <c>&lt;GatewayRequest&gt;&lt;Transaction action="AUTH" id="…"&gt;…</c> in, the same with a <c>ResponseCode</c> of ISO 8583 (field 39) out. Amounts are twelve digits of the
/// minor unit (field 4), dates of cards YYMM (field 14).
/// </summary>
public static class XmlGateway
{
    private const string Malfunction = "96";
    private const int MaxCharacters = 64 * 1024;

    private static readonly FrozenDictionary<string, GatewayAction> Actions = new Dictionary<string, GatewayAction>
    {
        ["AUTH"] = GatewayAction.Authorize,
        ["STATUS"] = GatewayAction.Inquire,
        ["CAPTURE"] = GatewayAction.Capture,
        ["REVERSAL"] = GatewayAction.Reverse,
        ["REFUND"] = GatewayAction.Refund,
        ["VOID"] = GatewayAction.VoidCapture,
        ["JOURNAL"] = GatewayAction.Journal,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<GatewayAction, string> Names = Actions.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    private static readonly FrozenDictionary<string, (string Code, string Text)> Codes = new Dictionary<string, (string, string)>
    {
        [GatewayAnswer.Done] = ("00", "Approved"),
        ["card_declined"] = ("05", "Do not honor"),
        ["authorization_declined"] = ("12", "Invalid transaction"),
        ["exceeds_captured"] = ("13", "Invalid amount"),
        ["incorrect_number"] = ("14", "Invalid card number"),
        ["reversed"] = ("17", "Customer cancellation"),
        ["authorization_reversed"] = ("17", "Customer cancellation"),
        ["authentication_required"] = ("1A", "Additional customer authentication required"),
        ["captured"] = ("21", "No action taken"),
        [GatewayAnswer.NotFound] = ("25", "Unable to locate record"),
        ["unknown_authorization"] = ("25", "Unable to locate record"),
        [GatewayAnswer.Invalid] = ("30", "Format error"),
        ["settled"] = ("40", "Requested function not supported"),
        ["lost_card"] = ("41", "Lost card"),
        ["stolen_card"] = ("43", "Stolen card"),
        ["insufficient_funds"] = ("51", "Not sufficient funds"),
        ["expired_card"] = ("54", "Expired card"),
        ["authorization_closed"] = ("57", "Transaction not permitted"),
        ["not_captured"] = ("58", "Transaction not permitted"),
        ["exceeds_authorized"] = ("61", "Exceeds amount limit"),
        ["refunded"] = ("62", "Restricted"),
        ["unknown_capture"] = ("76", "Unable to locate previous message"),
        ["voided"] = ("79", "Already reversed"),
        ["issuer_unavailable"] = ("91", "Issuer or switch inoperative"),
        ["processing_error"] = ("92", "Unable to route transaction"),
        [GatewayAnswer.Reused] = ("94", "Duplicate transmission"),
        ["incorrect_cvc"] = ("N7", "Decline for CVV2 failure"),
    }.ToFrozenDictionary();

    private static readonly XmlReaderSettings Careful = new() { Async = true, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MaxCharacters };

    public static async Task<GatewayCall?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        try
        {
            using var reader = XmlReader.Create(request.Body, Careful);
            var transaction = (await XDocument.LoadAsync(reader, LoadOptions.None, cancel)).Root is { Name.LocalName: "GatewayRequest" } root ? root.Element("Transaction") : null;
            return transaction is not null && Actions.TryGetValue((string?)transaction.Attribute("action") ?? "", out var action) && (string?)transaction.Attribute("id") is { } id
                ? new GatewayCall(action, id, Fields(action, id, transaction))
                : null;
        }
        catch (XmlException)
        {
            return null;   // the gateway says what it thinks of it
        }
    }

    public static IResult Write(GatewayCall call, GatewayAnswer answer)
    {
        var (code, text) = Codes.GetValueOrDefault(answer.Code, (Malfunction, "System malfunction"));
        var transaction = new XElement(
            "Transaction",
            new XAttribute("action", Names[call.Action]),
            new XAttribute("id", call.Reference),
            new XElement("ResponseCode", code),
            new XElement("ResponseText", text));
        if (answer.ExternalId is { } externalId)
        {
            transaction.Add(new XElement("HostReference", externalId));
        }

        if (answer.Journal is { } page)
        {
            transaction.Add(new XElement("Journal", new XAttribute("more", page.HasMore ? "Y" : "N"), page.Data.Select(Entry)));
        }

        var document = new XElement("GatewayResponse", new XAttribute("version", "1.0"), transaction);
        return Results.Text(document.ToString(SaveOptions.DisableFormatting), "application/xml", Encoding.UTF8);
    }

    private static JsonObject Fields(GatewayAction action, string id, XElement transaction) => action switch
    {
        GatewayAction.Authorize => new JsonObject
        {
            ["reference"] = id,
            ["merchant"] = Text(transaction, "MerchantID"),
            ["amount"] = GatewayCall.Number(Text(transaction, "Amount")),
            ["currency"] = (string?)transaction.Element("Amount")?.Attribute("currency"),
            ["card"] = transaction.Element("Card") is { } card ? Card(card) : null,
            ["authenticated"] = Text(transaction, "Authenticated") == "Y",
        },
        GatewayAction.Capture => new JsonObject
        {
            ["reference"] = id,
            ["authorization"] = Text(transaction, "HostReference"),
            ["authorization_reference"] = Text(transaction, "OriginalID"),
            ["amount"] = GatewayCall.Number(Text(transaction, "Amount")),
            ["final"] = Text(transaction, "Final") != "N",
        },
        GatewayAction.Refund => new JsonObject
        {
            ["reference"] = id,
            ["authorization"] = Text(transaction, "HostReference"),
            ["amount"] = GatewayCall.Number(Text(transaction, "Amount")),
        },
        GatewayAction.VoidCapture => new JsonObject { ["reference"] = id, ["capture"] = Text(transaction, "HostReference") },
        GatewayAction.Journal => new JsonObject
        {
            ["from"] = Page(transaction, "from"),
            ["until"] = Page(transaction, "until"),
            ["after"] = Page(transaction, "after"),
            ["limit"] = GatewayCall.Number(Page(transaction, "limit")),
        },
        _ => new JsonObject { ["reference"] = id },
    };

    private static JsonObject Card(XElement card) => new()
    {
        ["number"] = Text(card, "PAN"),
        ["exp_year"] = GatewayCall.TwoDigits(Text(card, "Expiry"), at: 0, plus: 2000),
        ["exp_month"] = GatewayCall.TwoDigits(Text(card, "Expiry"), at: 2),
        ["cvc"] = Text(card, "CVV2"),
    };

    private static XElement Entry(JournalEntry entry) => new(
        "Entry",
        new XAttribute("id", entry.Reference),
        new XAttribute("hostReference", entry.ExternalId),
        new XAttribute("merchant", entry.Merchant),
        new XAttribute("amount", entry.Amount.ToString("D12", CultureInfo.InvariantCulture)),
        new XAttribute("currency", entry.Currency),
        new XAttribute("status", entry.State.ToString().ToUpperInvariant()),
        new XAttribute("time", entry.CreatedAt.UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z"));

    private static string? Text(XElement parent, string name) => (string?)parent.Element(name);

    private static string? Page(XElement transaction, string name) => (string?)transaction.Element("Page")?.Attribute(name);
}
