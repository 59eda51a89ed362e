using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.Kernel;
using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Gateways;

/// <summary>
/// The forms of meridian: <c>REQTYPE=A&amp;ORDER=…&amp;AMT=15.00&amp;CUR=USD…</c> in, lines of <c>NAME=value</c> out, the last one <c>END=Y</c>. Amounts are major units, dates of cards MMYY.
/// </summary>
public static class FormGateway
{
    private const string Malfunction = "-1";

    private static readonly FrozenDictionary<string, GatewayAction> Types = new Dictionary<string, GatewayAction>
    {
        ["A"] = GatewayAction.Authorize,
        ["I"] = GatewayAction.Inquire,
        ["C"] = GatewayAction.Capture,
        ["V"] = GatewayAction.Reverse,
        ["R"] = GatewayAction.Refund,
        ["X"] = GatewayAction.VoidCapture,
        ["J"] = GatewayAction.Journal,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<GatewayAction, string> Names = Types.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    private static readonly FrozenDictionary<string, string> Statuses = new Dictionary<string, string>
    {
        [GatewayAnswer.Done] = "0",
        [GatewayAnswer.Invalid] = "4",
        [GatewayAnswer.Reused] = "7",
        [GatewayAnswer.NotFound] = "19",
        ["unknown_authorization"] = "19",
        ["exceeds_authorized"] = "21",
        ["authorization_closed"] = "22",
        ["authorization_declined"] = "23",
        ["captured"] = "24",
        ["not_captured"] = "31",
        ["exceeds_captured"] = "32",
        ["unknown_capture"] = "33",
        ["settled"] = "34",
        ["voided"] = "35",
        ["refunded"] = "36",
        ["card_declined"] = "110",
        ["insufficient_funds"] = "111",
        ["lost_card"] = "112",
        ["stolen_card"] = "113",
        ["expired_card"] = "114",
        ["incorrect_cvc"] = "115",
        ["incorrect_number"] = "116",
        ["processing_error"] = "120",
        ["issuer_unavailable"] = "121",
        ["authentication_required"] = "130",
        ["reversed"] = "140",
        ["authorization_reversed"] = "140",
    }.ToFrozenDictionary();

    public static async Task<GatewayCall?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (!request.HasFormContentType)
        {
            return null;
        }

        var form = await request.ReadFormAsync(cancel);
        return Types.TryGetValue(form["REQTYPE"].ToString(), out var action) && form["ORDER"] is [{ Length: > 0 } order] ? new GatewayCall(action, order, Fields(action, order, form)) : null;
    }

    public static IResult Write(GatewayCall call, GatewayAnswer answer)
    {
        var lines = new StringBuilder();
        Add(lines, "STATUS", Statuses.GetValueOrDefault(answer.Code, Malfunction));
        Add(lines, "REQTYPE", Names[call.Action]);
        Add(lines, "ORDER", call.Reference);
        if (answer.ExternalId is { } externalId)
        {
            Add(lines, "TXN", externalId);
        }

        if (answer.Journal is { } page)
        {
            Add(lines, "COUNT", page.Data.Count.ToString(CultureInfo.InvariantCulture));
            Add(lines, "MORE", page.HasMore ? "Y" : "N");
            foreach (var (index, entry) in page.Data.Index())
            {
                Add(lines, (index + 1).ToString(CultureInfo.InvariantCulture), entry);
            }
        }

        Add(lines, "END", "Y");
        return Results.Text(lines.ToString(), "text/plain", Encoding.UTF8);
    }

    private static JsonObject Fields(GatewayAction action, string order, IFormCollection form) => action switch
    {
        GatewayAction.Authorize => new JsonObject
        {
            ["reference"] = order,
            ["merchant"] = Text(form, "MERCH"),
            ["amount"] = Minor(form),
            ["currency"] = Text(form, "CUR"),
            ["card"] = new JsonObject
            {
                ["number"] = Text(form, "PAN"),
                ["exp_month"] = GatewayCall.TwoDigits(Text(form, "EXP"), at: 0),
                ["exp_year"] = GatewayCall.TwoDigits(Text(form, "EXP"), at: 2, plus: 2000),
                ["cvc"] = Text(form, "CVC2"),
            },
            ["authenticated"] = Text(form, "AUTHENTICATED") == "Y",
        },
        GatewayAction.Capture => new JsonObject
        {
            ["reference"] = order,
            ["authorization"] = Text(form, "ORIGTXN"),
            ["authorization_reference"] = Text(form, "ORIGORDER"),
            ["amount"] = Minor(form),
            ["final"] = Text(form, "LAST") != "N",
        },
        GatewayAction.Refund => new JsonObject { ["reference"] = order, ["authorization"] = Text(form, "ORIGTXN"), ["amount"] = Minor(form) },
        GatewayAction.VoidCapture => new JsonObject { ["reference"] = order, ["capture"] = Text(form, "ORIGTXN") },
        GatewayAction.Journal => new JsonObject
        {
            ["from"] = Time(form, "FROM"),
            ["until"] = Time(form, "UNTIL"),
            ["after"] = Text(form, "AFTER"),
            ["limit"] = GatewayCall.Number(Text(form, "LIMIT")),
        },
        _ => new JsonObject { ["reference"] = order },
    };

    private static void Add(StringBuilder lines, string number, JournalEntry entry)
    {
        Add(lines, $"ORDER.{number}", entry.Reference);
        Add(lines, $"TXN.{number}", entry.ExternalId);
        Add(lines, $"MERCH.{number}", entry.Merchant);
        Add(lines, $"AMT.{number}", new Money(entry.Amount, Currency.Parse(entry.Currency)).ToString().Split(' ')[0]);
        Add(lines, $"CUR.{number}", entry.Currency);
        Add(lines, $"STATE.{number}", entry.State.ToString().ToUpperInvariant());
        Add(lines, $"TIME.{number}", entry.CreatedAt.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture));
    }

    private static void Add(StringBuilder lines, string name, string value) => lines.Append(name).Append('=').Append(value).Append('\n');

    private static string? Text(IFormCollection form, string name) => form[name] is [{ Length: > 0 } value] ? value : null;

    // "15.00" of a currency with two decimals is 1500; "15.001" is nothing.
    private static JsonNode? Minor(IFormCollection form)
    {
        if (!Currency.TryParse(Text(form, "CUR"), out var currency) || !decimal.TryParse(Text(form, "AMT"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        for (var decimals = currency.Exponent; decimals > 0; decimals--)
        {
            value *= 10;
        }

        return value == decimal.Truncate(value) && value <= Money.MaxMinorUnits ? (long)value : null;
    }

    private static string? Time(IFormCollection form, string name) =>
        DateTimeOffset.TryParseExact(Text(form, name), "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime.ToString("s", CultureInfo.InvariantCulture) + "Z"
            : null;
}
