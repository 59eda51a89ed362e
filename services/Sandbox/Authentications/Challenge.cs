using System.Net;
using System.Reflection;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Sandbox.Authentications;

/// <summary><c>/acs/challenges/{id}</c>: the page on which a payer's bank asks whether it is really him. Either button sends the browser back to the shop.</summary>
internal static class Challenge
{
    private static readonly string Page = ReadPage();

    public static async Task<IResult> ShowAsync(string id, SandboxDatabase database, CancellationToken cancel)
    {
        if (await AuthenticationSql.FindByIdAsync(database.Source, id, cancel) is not { } asked)
        {
            return Problem.From(Refusal.NotFound("challenge", id));
        }

        return asked.State == AuthenticationState.Challenged
            ? Results.Content(Fill(asked), "text/html; charset=utf-8")
            : Results.Redirect(asked.ReturnUrl);
    }

    public static async Task<IResult> DecideAsync(string id, HttpRequest request, SandboxDatabase database, CancellationToken cancel)
    {
        var form = await request.ReadFormAsync(cancel);
        if (await AuthenticationSql.FindByIdAsync(database.Source, id, cancel) is not { } asked)
        {
            return Problem.From(Refusal.NotFound("challenge", id));
        }

        AuthenticationState? decision = form["decision"].ToString() switch
        {
            "approve" => AuthenticationState.Authenticated,
            "reject" => AuthenticationState.Rejected,
            _ => null,
        };
        if (decision is not { } state)
        {
            return Problem.From(Refusal.Invalid([new FieldError("decision", "unknown_value", "decision must be one of: approve, reject.")]));
        }

        await AuthenticationSql.DecideAsync(database.Source, id, state, state == AuthenticationState.Authenticated ? Authenticate.NewValue() : null, cancel);
        return Results.Redirect(asked.ReturnUrl);
    }

    private static string Fill(Authentication asked) => Page
        .Replace("{{amount}}", WebUtility.HtmlEncode(new Money(asked.Amount, Currency.Parse(asked.Currency)).ToString()), StringComparison.Ordinal)
        .Replace("{{card}}", WebUtility.HtmlEncode(asked.Card), StringComparison.Ordinal);

    private static string ReadPage()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("PayFlow.Sandbox.Authentications.challenge.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
