using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Exchange;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Ledger.Rest;

/// <param name="Amount">In the currency of <paramref name="Side"/>.</param>
/// <param name="Side">Which account's amount is given; the other one follows from the rate.</param>
public sealed record QuoteRequest(string From, string To, Money Amount, ExchangeSide Side);

/// <param name="Quote">The id of a quote of yours.</param>
public sealed record ExchangeRequest(Id Quote);

/// <summary>A merchant's exchanges: first a quote, then its execution.</summary>
internal static class ExchangeEndpoints
{
    private const string QuoteExample =
        """{ "from": "test.merchant.mer_01kx5c3v1te9h8ct8w8s3q5a07.available.USD", "to": "test.merchant.mer_01kx5c3v1te9h8ct8w8s3q5a07.available.EUR", "amount": { "amount": 10000, "currency": "USD" }, "side": "from" }""";

    public static void MapExchanges(this IEndpointRouteBuilder app)
    {
        var exchanges = app.MapGroup("/v1/exchanges").WithTags("Exchanges");
        exchanges.AddEndpointFilter<Availability>();
        exchanges.MapPost("/quotes", QuoteAsync).WithName("create_exchange_quote").WithSummary("Ask what an exchange would be")
            .WithDescription("Between your accounts in two currencies. The quote has the rate as an exact ratio, with its source and time; amounts are rounded half to even once. It may be executed until `expires_at`.")
            .Accepts<QuoteRequest>("application/json").Produces<QuoteView>(StatusCodes.Status201Created).WithExample(QuoteExample);
        exchanges.MapPost("", ExecuteAsync).WithName("create_exchange").WithSummary("Execute a quote")
            .WithDescription("Once: another request for the same quote is 409 `quote_used`. 409 `quote_expired` and `insufficient_funds` (with what is `available`) leave everything as it was.")
            .Accepts<ExchangeRequest>("application/json").Produces<ExchangeView>(StatusCodes.Status201Created).WithExample("""{ "quote": "fxq_01kx5c3v1te9h8ct8w8s3q5a07" }""").RequiresIdempotencyKey();
        exchanges.MapGet("{id}", GetAsync).WithName("get_exchange").WithSummary("An exchange of yours, by the id of its quote").Produces<ExchangeView>();
    }

    private static async Task<IResult> QuoteAsync(Caller caller, HttpRequest request, QuoteExchange quotes, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(
            request,
            body =>
            {
                var (from, to) = (MovingAccounts.ReadFrom(caller, body), MovingAccounts.ReadTo(caller, body, mayBeAnothers: false));
                var (amount, side) = (body.Money("amount"), body.Enum<ExchangeSide>("side"));
                if (side != default)
                {
                    MovingAccounts.CheckCurrency(body, amount, side == ExchangeSide.From ? from : to);
                }

                return new AskedQuote(from, to, amount.MinorUnits, side);
            },
            ct);
        return read.TryGet(out var asked, out var refusal) && (await quotes.HandleAsync(asked, ct)).TryGet(out var quote, out refusal)
            ? Results.Json(QuoteView.Of(quote), statusCode: StatusCodes.Status201Created)
            : Problem.From(refusal);
    }

    private static async Task<IResult> ExecuteAsync(Caller caller, HttpContext http, ExecuteQuote execute, RequestTransfer transfers, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(http.Request, body => (Key: IdempotencyKeys.Read(http.Request, body), Quote: body.Id("quote", IdPrefix.ExchangeQuote)), ct);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        if (await FindAsync(caller, execute, asked.Quote, ct) is not { } quote)
        {
            return Problem.From(Refusal.NotFound("quote", asked.Quote.ToString()));
        }

        if (!(await execute.HandleAsync(quote, asked.Key, ct)).TryGet(out var execution, out refusal))
        {
            return Problem.From(refusal, refusal.Code == "insufficient_funds" ? await transfers.AvailableAsync(quote.From, ct) : null);
        }

        if (execution.IsReplay)
        {
            IdempotencyKeys.MarkReplayed(http);
        }

        return Results.Created($"/v1/exchanges/{quote.Id}", ExchangeView.Of(execution.Executed));
    }

    private static async Task<IResult> GetAsync(string id, Caller caller, ExecuteQuote execute, CancellationToken ct) =>
        Id.TryParse(IdPrefix.ExchangeQuote, id, out var quoteId) && await FindAsync(caller, execute, quoteId, ct) is { } quote && await execute.FindAsync(quote, ct) is { } executed
            ? Results.Ok(ExchangeView.Of(executed))
            : Problem.From(Refusal.NotFound("exchange", id));

    private static async Task<Quote?> FindAsync(Caller caller, ExecuteQuote execute, Id id, CancellationToken ct) =>
        await execute.FindQuoteAsync(id, ct) is { } quote && caller.Owns(quote.From) ? quote : null;
}
