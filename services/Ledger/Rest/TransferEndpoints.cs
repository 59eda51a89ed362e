using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Ledger.Rest;

/// <param name="From">The account that pays: what is payable to you, or one of your wallets.</param>
/// <param name="To">The account that is paid: one of those, or anybody's wallet.</param>
/// <param name="Reference">What you call it.</param>
public sealed record TransferRequest(string From, string To, Money Amount, string? Reference);

/// <summary>Transfers that a merchant sees, and those that it asks for.</summary>
internal static class TransferEndpoints
{
    private const string Example =
        """{ "from": "test.merchant.mer_01kx5c3v1te9h8ct8w8s3q5a07.available.USD", "to": "test.wallet.mer_01kx5c3v1te9h8ct8w8s3q5a07.rent.USD", "amount": { "amount": 1500, "currency": "USD" } }""";

    public static void MapTransfers(this IEndpointRouteBuilder app)
    {
        var transfers = app.MapGroup("/v1/transfers").WithTags("Transfers");
        transfers.AddEndpointFilter<Availability>();
        transfers.MapPost("", CreateAsync).WithName("create_transfer").WithSummary("Move money between accounts")
            .WithDescription("From what is payable to you, or from one of your wallets, to another of those, or to anybody's wallet. 409 `insufficient_funds` says what is `available`.")
            .Accepts<TransferRequest>("application/json").Produces<TransferView>(StatusCodes.Status201Created).WithExample(Example).RequiresIdempotencyKey();
        transfers.MapGet("", ListAsync).WithName("list_transfers").WithSummary("List the transfers of an account or of a payment, newest first")
            .WithQuery("account", "The id of one of your accounts; this or payment is required.").WithQuery("payment", "The id of one of your payments.")
            .WithQuery("created_from", "Written from this time on; with account only.").WithQuery("created_to", "Written before this time; with account only.")
            .WithQuery("limit", "1 to 100; 20 when left out.").WithQuery("starting_after", "The id of the last transfer of the page before.").Produces<PageView<TransferView>>();
        transfers.MapGet("{id}", GetAsync).WithName("get_transfer").WithSummary("A transfer that is yours, or touches one of your accounts").Produces<TransferView>();
    }

    private static async Task<IResult> CreateAsync(Caller caller, HttpContext http, RequestTransfer transfer, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(
            http.Request,
            body =>
            {
                var asked = new AskedTransfer(
                    IdempotencyKeys.Read(http.Request, body), MovingAccounts.ReadFrom(caller, body), MovingAccounts.ReadTo(caller, body, mayBeAnothers: true), body.Money("amount"),
                    body.OptionalString("reference"));
                MovingAccounts.CheckCurrency(body, asked.Amount, asked.From);
                MovingAccounts.CheckCurrency(body, asked.Amount, asked.To);
                if (asked.From.Path is not null && asked.From == asked.To)
                {
                    body.Error("to", "accounts_must_differ", "Money is moved from one account to another.");
                }

                return asked;
            },
            ct);
        return read.TryGet(out var given, out var refusal) ? await transfer.HandleAsync(caller, given, http, ct) : Problem.From(refusal);
    }

    private static async Task<IResult> GetAsync(string id, Caller caller, ListTransfers transfers, CancellationToken ct) =>
        Id.TryParse(IdPrefix.Transfer, id, out var transfer) && await transfers.FindAsync(transfer, ct) is { } found && IsSeenBy(caller, found.Transfer)
            ? Results.Ok(TransferView.Of(found))
            : Problem.From(Refusal.NotFound("transfer", id));

    private static async Task<IResult> ListAsync(Caller caller, ListTransfers transfers, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query =>
        {
            var filter = new Filter(
                query.OptionalAccount("account"), query.OptionalId("payment", IdPrefix.Payment), query.OptionalTime("created_from"), query.OptionalTime("created_to"),
                query.OptionalId("starting_after", IdPrefix.Transfer), query.Limit());
            if (query.OptionalText("account") is null == query.OptionalText("payment") is null)
            {
                query.Error("account", "required", "Say an account or a payment, and not both.");
            }

            if (query.OptionalText("payment") is not null && (filter.From ?? filter.To) is not null)
            {
                query.Error("created_from", "not_allowed", "All transfers of a payment are listed, whenever they were written.");
            }

            return filter;
        });
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        return asked.Account is { } account ? await OfAccountAsync(caller, transfers, account, asked, ct) : await OfPaymentAsync(caller, transfers, asked, ct);
    }

    private static async Task<IResult> OfPaymentAsync(Caller caller, ListTransfers transfers, Filter asked, CancellationToken ct)
    {
        var all = await transfers.OfPaymentAsync(asked.Payment!.Value, ct);
        var newest = all.Where(listed => IsSeenBy(caller, listed.Transfer)).Reverse().ToList();
        var begin = asked.After is { } after ? newest.FindIndex(listed => listed.Transfer.Id == after) + 1 : 0;
        return begin == 0 && asked.After is not null
            ? Problem.From(UnknownCursor)
            : Results.Ok(new PageView<TransferView>([.. newest.Skip(begin).Take(asked.Limit).Select(TransferView.Of)], newest.Count > begin + asked.Limit));
    }

    /// <summary>Entries of an account are numbered, so a page is a range of numbers.</summary>
    private static async Task<IResult> OfAccountAsync(Caller caller, ListTransfers transfers, AccountName name, Filter asked, CancellationToken ct)
    {
        if (!caller.Owns(name) || await transfers.HistoryAsync(name, ct) is not { } history)
        {
            return Problem.From(Refusal.Invalid([new FieldError("account", "unknown_account", "There is no such account that this key can see.")]));
        }

        var first = asked.From is { } from ? await history.VersionAtAsync(from, ct) : 0;
        var last = asked.To is { } to ? await history.VersionAtAsync(to, ct) : history.Account.Version;
        if (asked.After is { } after)
        {
            if (await transfers.FindAsync(after, ct) is not { Transfer: var cursor } || (cursor.Debit != name && cursor.Credit != name))
            {
                return Problem.From(UnknownCursor);
            }

            last = Math.Min(last, (cursor.Debit == name ? cursor.DebitVersion : cursor.CreditVersion) - 1);
        }

        var begin = Math.Max(first, last - asked.Limit);
        List<ListedTransfer> page = last > begin ? await history.ListAsync(begin, (int)(last - begin), ct) : [];
        return Results.Ok(new PageView<TransferView>([.. page.AsEnumerable().Reverse().Select(TransferView.Of)], begin > first));
    }

    private static Refusal UnknownCursor => Refusal.Invalid([new FieldError("starting_after", "invalid_id", "starting_after must be a transfer of this list.")]);

    private static bool IsSeenBy(Caller caller, Transfer transfer) =>
        transfer.Debit.Mode == caller.Mode && (transfer.MerchantId == caller.MerchantId || caller.Owns(transfer.Debit) || caller.Owns(transfer.Credit));

    private sealed record Filter(AccountName? Account, Id? Payment, DateTimeOffset? From, DateTimeOffset? To, Id? After, int Limit);
}
