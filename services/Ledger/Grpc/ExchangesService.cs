using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.Exchange;
using PayFlow.ServiceDefaults.Problems;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>Quotes, and their execution. Translates; decides nothing.</summary>
internal sealed class ExchangesService(QuoteExchange quotes, ExecuteQuote execute) : Contract.Exchanges.ExchangesBase
{
    private const int LongestKey = 255;

    public override async Task<Contract.ExchangeQuote> QuoteExchange(Contract.QuoteExchangeRequest request, ServerCallContext context) =>
        Write(LedgerService.OrRefuse(await quotes.HandleAsync(LedgerService.OrRefuse(Read(request)), context.CancellationToken)));

    public override async Task<Contract.ExecutedExchange> ExecuteExchange(Contract.ExecuteExchangeRequest request, ServerCallContext context)
    {
        var errors = new List<FieldError>();
        if (!Id.TryParse(IdPrefix.ExchangeQuote, request.QuoteId, out var id))
        {
            errors.Add(new FieldError("quote_id", "malformed", $"Must be an id that begins with '{IdPrefix.ExchangeQuote}_'."));
        }

        if (request.IdempotencyKey.Length is 0 or > LongestKey || request.IdempotencyKey.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            errors.Add(new FieldError("idempotency_key", "malformed", $"Between 1 and {LongestKey} printable ASCII characters."));
        }

        if (errors.Count > 0)
        {
            throw new RefusedException(Refusal.Invalid(errors));
        }

        var quote = await execute.FindQuoteAsync(id, context.CancellationToken) ?? throw new RefusedException(Refusal.NotFound("quote", request.QuoteId));
        var (executed, _) = LedgerService.OrRefuse(await execute.HandleAsync(quote, request.IdempotencyKey, context.CancellationToken));
        return new Contract.ExecutedExchange
        {
            Quote = Write(executed.Quote),
            ExecutedAt = Timestamp.FromDateTimeOffset(executed.ExecutedAt),
            TransferIds = { ExchangeRules.Journal(executed.Quote).Select(line => line.Id.ToString()) },
        };
    }

    private static Result<AskedQuote> Read(Contract.QuoteExchangeRequest request)
    {
        var errors = new List<FieldError>();
        var from = AccountNames.Read(request.From ?? new Contract.AccountName(), "from", errors);
        var to = AccountNames.Read(request.To ?? new Contract.AccountName(), "to", errors);
        var side = (ExchangeSide)request.Side;
        if (!System.Enum.IsDefined(side))
        {
            errors.Add(new FieldError("side", "unknown", "Must be FROM or TO."));
        }

        return errors.Count == 0 ? new AskedQuote(from, to, request.Amount, side) : Refusal.Invalid(errors);
    }

    private static Contract.ExchangeQuote Write(Quote quote) => new()
    {
        QuoteId = quote.Id.ToString(),
        From = AccountNames.Write(quote.From),
        To = AccountNames.Write(quote.To),
        FromAmount = quote.FromAmount,
        ToAmount = quote.ToAmount,
        Fee = quote.Fee,
        RateNumerator = quote.Rate.Numerator,
        RateDenominator = quote.Rate.Denominator,
        RateSource = quote.Rate.Source,
        RateAt = Timestamp.FromDateTimeOffset(quote.Rate.At),
        ExpiresAt = Timestamp.FromDateTimeOffset(quote.ExpiresAt),
    };
}
