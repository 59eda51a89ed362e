using System.ComponentModel;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.TrialBalances;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Ledger.Rest;

/// <param name="Reason">Why; kept for good, with who asked.</param>
public sealed record ChangeAccountRequest(string Reason);

public sealed record TrialBalanceLineView(Mode Mode, Currency Currency, Money Debits, Money Credits, long Transfers);

public sealed record TrialBalanceView(
    [property: Description("Debits equal credits everywhere, and every account is what its transfers say.")] bool Holds,
    IReadOnlyList<TrialBalanceLineView> Lines,
    [property: Description("The first accounts that are not what their transfers add up to.")] IReadOnlyList<string> Differences);

/// <summary>What administrators see of the books, and do to accounts.</summary>
internal static class AdministrationEndpoints
{
    private const string Example = """{ "reason": "Order 17 Cs 412/26 of the district court" }""";

    public static void MapAdministration(this IEndpointRouteBuilder app)
    {
        var admin = app.MapGroup("/admin/v1").WithTags("Administration");
        admin.AddEndpointFilter<Availability>();
        admin.MapGet("/trial-balance", TrialBalanceAsync).WithName("admin_get_trial_balance").WithSummary("Add up every transfer, and compare with the accounts")
            .WithDescription("Reads every transfer of every shard: minutes, when there are many.").Produces<TrialBalanceView>();
        admin.MapGet("/accounts", ListAsync).WithName("admin_list_accounts").WithSummary("List a merchant's accounts, by name")
            .WithQuery("merchant", "Whose; required.").WithQuery("mode", "test or live; live when left out.")
            .WithQuery("limit", "1 to 100; 20 when left out.").WithQuery("starting_after", "The id of the last account of the page before.").Produces<PageView<AccountView>>();
        admin.MapGet("/accounts/{account}", GetAsync).WithName("admin_get_account").WithSummary("An account, also of the platform")
            .WithDescription("One of the platform is summed over all shards.").Produces<AccountView>();
        Describe(admin.MapPost("/accounts/{account}/freeze", (string account, Administrator administrator, ChangeAccount change, HttpRequest request, CancellationToken ct) =>
                ChangeAsync(account, AccountAction.Freeze, administrator, change, request, ct)), "admin_freeze_account", "Freeze an account")
            .WithDescription("It takes no requests from then on. What happened outside is still posted, and what was pending before may end.");
        Describe(admin.MapPost("/accounts/{account}/unfreeze", (string account, Administrator administrator, ChangeAccount change, HttpRequest request, CancellationToken ct) =>
                ChangeAsync(account, AccountAction.Unfreeze, administrator, change, request, ct)), "admin_unfreeze_account", "Let a frozen account take requests again");
        Describe(admin.MapPost("/accounts/{account}/close", (string account, Administrator administrator, ChangeAccount change, HttpRequest request, CancellationToken ct) =>
                ChangeAsync(account, AccountAction.Close, administrator, change, request, ct)), "admin_close_account", "Close an account for good")
            .WithDescription("Only at zero and with nothing pending.");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint, string name, string summary) => endpoint
        .WithName(name).WithSummary(summary).Accepts<ChangeAccountRequest>("application/json").Produces<AccountView>().WithExample(Example);

    private static async Task<IResult> TrialBalanceAsync(Administrator _, GetTrialBalance trialBalance, CancellationToken ct)
    {
        var trial = await trialBalance.HandleAsync(ct);
        return Results.Ok(new TrialBalanceView(
            trial.Holds,
            [.. trial.Lines.Select(line => new TrialBalanceLineView(line.Mode, line.Currency, new Money(line.Debits, line.Currency), new Money(line.Credits, line.Currency), line.Transfers))],
            [.. trial.Differences.Select(difference => difference.ToString())]));
    }

    private static async Task<IResult> ListAsync(Administrator _, Shards shards, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query =>
        {
            var merchant = query.OptionalId("merchant", IdPrefix.Merchant);
            if (merchant is null && query.OptionalText("merchant") is null)
            {
                query.Error("merchant", "required", "merchant is required.");
            }

            var mode = query.OptionalChoice("mode", "test", "live") == "test" ? Mode.Test : Mode.Live;
            return (Merchant: merchant, Mode: mode, After: query.OptionalAccount("starting_after"), Limit: query.Limit());
        });
        return read.TryGet(out var asked, out var refusal)
            ? await AccountEndpoints.PageAsync(shards, asked.Merchant!.Value, asked.Mode, asked.After, asked.Limit, ct)
            : Problem.From(refusal);
    }

    private static async Task<IResult> GetAsync(string account, Administrator _, ListAccounts accounts, CancellationToken ct) =>
        AccountIds.TryParse(account, out var name) && await accounts.FindAsync(name, ct) is { } found
            ? Results.Ok(AccountView.Of(found))
            : Problem.From(Refusal.NotFound("account", account));

    private static async Task<IResult> ChangeAsync(string account, AccountAction action, Administrator administrator, ChangeAccount change, HttpRequest request, CancellationToken ct)
    {
        if (!AccountIds.TryParse(account, out var name))
        {
            return Problem.From(Refusal.NotFound("account", account));
        }

        var read = await RequestBody.ReadAsync(request, body => new ChangeAccountRequest(body.String("reason", max: 500)), ct);
        return read.TryGet(out var asked, out var refusal) && (await change.HandleAsync(name, new AccountChange(action, administrator.Actor, asked.Reason), ct)).TryGet(out var changed, out refusal)
            ? Results.Ok(AccountView.Of(changed))
            : Problem.From(refusal);
    }
}
