using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Statements;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Ledger.Rest;

/// <summary>A merchant's accounts and their statements. Others' are not there.</summary>
internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/balances", GetBalances.HandleAsync)
            .WithName("get_balances").WithTags("Balances").WithSummary("Your balances")
            .WithDescription("What you have in each currency, in minor units: held on cards, captured and not yet settled, payable, and kept in reserve.")
            .Produces<Balances>();
        var accounts = app.MapGroup("/v1/accounts").WithTags("Accounts");
        accounts.AddEndpointFilter<Availability>();
        accounts.MapGet("", ListAsync).WithName("list_accounts").WithSummary("List your accounts, by name")
            .WithDescription("An account is there once something was posted to it, in each currency by itself.")
            .WithQuery("limit", "1 to 100; 20 when left out.").WithQuery("starting_after", "The id of the last account of the page before.").Produces<PageView<AccountView>>();
        accounts.MapGet("{account}", GetAsync).WithName("get_ledger_account").WithSummary("One of your accounts").Produces<AccountView>();
        accounts.MapGet("{account}/statement", StatementAsync).WithName("get_statement").WithSummary("The statement of an account")
            .WithDescription("Its entries over a time, oldest first, with the balance before, after each, and after all of them. It is cut by entry numbers: what is posted while you read doesn't change it.")
            .WithQuery("from", "Entries written from this time on; from the beginning when left out.").WithQuery("to", "Entries written before this time; until now when left out.")
            .WithQuery("limit", "1 to 100; 20 when left out.").WithQuery("starting_after", "The number of the last entry of the page before.").Produces<StatementView>();
    }

    /// <summary>The accounts of a merchant, page by page.</summary>
    internal static async Task<IResult> PageAsync(Shards shards, Id merchant, Mode mode, AccountName? after, int limit, CancellationToken ct)
    {
        var found = await AccountSql.ListOfOwnerAsync(shards.For(merchant.Slot), merchant, mode, after, limit + 1, ct);
        return Results.Ok(new PageView<AccountView>([.. found.Take(limit).Select(AccountView.Of)], found.Count > limit));
    }

    /// <summary>An id of an account in a query; one that is none is an error.</summary>
    internal static AccountName? OptionalAccount(this RequestQuery query, string name)
    {
        if (query.OptionalText(name) is not { } text)
        {
            return null;
        }

        if (AccountIds.TryParse(text, out var account))
        {
            return account;
        }

        query.Error(name, "invalid_id", $"{name} must be the id of an account.");
        return null;
    }

    private static async Task<IResult> ListAsync(Caller caller, Shards shards, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(), After: query.OptionalAccount("starting_after")));
        return read.TryGet(out var page, out var refusal) ? await PageAsync(shards, caller.MerchantId, caller.Mode, page.After, page.Limit, ct) : Problem.From(refusal);
    }

    private static async Task<IResult> GetAsync(string account, Caller caller, Shards shards, CancellationToken ct) =>
        AccountIds.TryParse(account, out var name) && caller.Owns(name) && await AccountSql.FindAsync(shards.For(caller.Slot), name, ct) is { } found
            ? Results.Ok(AccountView.Of(found))
            : Problem.From(Refusal.NotFound("account", account));

    private static async Task<IResult> StatementAsync(string account, Caller caller, GetStatement statements, HttpRequest request, CancellationToken ct)
    {
        if (!AccountIds.TryParse(account, out var name) || !caller.Owns(name))
        {
            return Problem.From(Refusal.NotFound("account", account));
        }

        var read = RequestQuery.Read(request, query => (
            Range: new StatementRange(query.OptionalTime("from"), query.OptionalTime("to")), Limit: query.Limit(), After: query.OptionalInt32("starting_after", 0, int.MaxValue)));
        if (!read.TryGet(out var asked, out var refusal) || !(await statements.HandleAsync(name, asked.Range, ct)).TryGet(out var found, out refusal))
        {
            return Problem.From(refusal);
        }

        var statement = found.Single();
        var entries = await statements.PageAsync(statement, Math.Max(statement.After, asked.After ?? 0), asked.Limit, ct);
        return Results.Ok(new StatementView(
            account,
            new Money(statement.Opening, name.Currency),
            new Money(statement.Closing, name.Currency),
            [.. entries.Select(StatementEntryView.Of)],
            entries is [.., var last] && last.Number < statement.Through));
    }
}
