using PayFlow.Auth.ApiKeys;
using PayFlow.Auth.Events;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;
using PayFlow.Auth.ThreeDSecure;
using PayFlow.Auth.Vault;
using PayFlow.Auth.Webhooks;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Auth;

/// <summary>The REST of Auth: which address is which use case, and what the API's document says of it.</summary>
internal static class AuthEndpoints
{
    private const string PaymentExample =
        """
        {
          "amount": { "amount": 1500, "currency": "USD" },
          "payment_method": { "type": "card", "token": "tok_01jz3k4m5n6p7q8r9s0t1v2w3x" },
          "capture": false,
          "reference": "order-1",
          "customer": { "ip_address": "203.0.113.7", "email": "ada@example.com", "country": "US" },
          "billing": { "country": "US" },
          "three_d_secure": { "return_url": "https://shop.example/thanks" },
          "metadata": { "cart": "42" }
        }
        """;

    private const string Preview = "true: nothing is done; the answer is what would be (a `preview`: refusal or new amounts, fee, dates, journal). No idempotency key is needed.";

    private const string TokenExample =
        """{ "type": "card", "card": { "number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123" } }""";

    public static void Map(WebApplication app)
    {
        var v1 = app.MapGroup("/v1").AddEndpointFilter(UnavailableAsync);
        MapTokens(v1);
        MapReads(v1);
        MapActions(v1);
        v1.MapIdempotency();
        v1.MapApiKeys();
        v1.MapAccount();
        v1.MapEvents();
        v1.MapWebhooks();
        app.MapGroup("/admin/v1").AddEndpointFilter(UnavailableAsync).MapAdministration();
        app.MapGet("/3ds/{id}", (string id, PayerReturn back, CancellationToken ct) => back.HandleAsync(id, ct)).AddEndpointFilter(UnavailableAsync).ExcludeFromDescription();
    }

    private static void MapTokens(RouteGroupBuilder v1) => v1
        .MapPost("/tokens", (Caller caller, HttpRequest request, CreateToken tokens, CancellationToken ct) => tokens.HandleAsync(caller, request, ct))
        .WithName("create_token").WithTags("Tokens").WithSummary("Exchange the data of a card or a bank account for a token")
        .WithDescription("The number goes into the vault and nowhere else. The security code is kept, sealed, until the first payment with the token, and for minutes at most. "
            + "With `type: bank_account` it is `bank_account: {routing_number, account_number, account_type, holder_type, holder_name}` instead of `card`.")
        .Accepts<CreateTokenRequest>("application/json").Produces<TokenView>(StatusCodes.Status201Created)
        .WithExample(TokenExample).TakesIdempotencyKey();

    private static void MapReads(RouteGroupBuilder v1)
    {
        v1.MapGet("/payments", (Caller caller, HttpRequest request, ListPayments list, CancellationToken ct) => list.HandleAsync(caller, request, ct))
            .WithName("list_payments").WithTags("Payments").WithSummary("List payments, newest first")
            .WithQuery("limit", "1 to 100; 20 when left out.")
            .WithQuery("starting_after", "The id of the last payment of the page before.")
            .WithQuery("status", "Only payments with this status.")
            .WithQuery("created_from", "Only payments created at this time or later (RFC 3339).")
            .Produces<PageView<PaymentView>>();

        v1.MapGet("/payments/{id}", (Caller caller, string id, GetPayment get, CancellationToken ct) => get.HandleAsync(caller, id, ct))
            .WithName("get_payment").WithTags("Payments").WithSummary("Get a payment, with what can be done to it now")
            .Produces<PaymentView>();

        v1.MapGet("/payments/{id}/history", (Caller caller, string id, HttpRequest request, GetPaymentHistory get, CancellationToken ct) => get.HandleAsync(caller, id, request, ct))
            .WithName("get_payment_history").WithTags("Payments").WithSummary("Every state change of a payment, in order")
            .WithQuery("limit", "1 to 100; 100 when left out.")
            .WithQuery("starting_after", "The sequence of the last line of the page before.")
            .Produces<PageView<HistoryView>>();
    }

    private static void MapActions(RouteGroupBuilder v1)
    {
        v1.MapPost("/payments", (Caller caller, HttpContext http, CreatePayment create, CancellationToken ct) => create.HandleAsync(caller, http, ct))
            .WithName("create_payment").WithQuery("preview", Preview).WithTags("Payments").WithSummary("Create a payment")
            .WithDescription("Authorizes an amount on a card or, in USD, a bank account, and captures it at once with `capture: true`. The token says which it is. The answer is the decision, 201 for an approval and for a decline; "
                + "after ten seconds, or at once with `Prefer: respond-async`, it is 202 and the payment's address. "
                + "While too many payments that were accepted like that are unfinished, more are refused with 503 (`backlog_full`) and an estimate of when to try again; those that wait for their answer are not.")
            .Accepts<CreatePaymentRequest>("application/json").Produces<PaymentView>(StatusCodes.Status201Created).Produces<PaymentView>(StatusCodes.Status202Accepted)
            .WithHeader("Prefer", "respond-async: don't wait for the decision.")
            .WithExample(PaymentExample).RequiresIdempotencyKey();

        v1.MapPost("/payments/{id}/confirm", (Caller caller, string id, HttpRequest request, ConfirmPayment confirm, CancellationToken ct) => confirm.HandleAsync(caller, id, request, ct))
            .WithName("confirm_payment").WithQuery("preview", Preview).WithTags("Payments").WithSummary("Submit a draft")
            .WithDescription("A payment that was created with `confirm: false` is judged and authorized now. The answer is the decision, as when a payment is created.")
            .Produces<PaymentView>().Produces<PaymentView>(StatusCodes.Status202Accepted)
            .RequiresIdempotencyKey();

        v1.MapPost("/payments/{id}/capture", (Caller caller, string id, HttpRequest request, CapturePayment capture, CancellationToken ct) => capture.HandleAsync(caller, id, request, ct))
            .WithName("capture_payment").WithQuery("preview", Preview).WithTags("Payments").WithSummary("Capture what is authorized, in full or in part")
            .WithDescription("Without a body everything that is left is captured. With an amount the rest stays authorized, unless the capture is `final`.")
            .Accepts<CapturePaymentRequest>("application/json").Produces<PaymentView>().Produces<PaymentView>(StatusCodes.Status202Accepted)
            .WithExample("""{ "amount": { "amount": 1000, "currency": "USD" }, "final": true }""").RequiresIdempotencyKey();

        v1.MapPost("/payments/{id}/refund", (Caller caller, string id, HttpRequest request, RefundPayment refund, CancellationToken ct) => refund.HandleAsync(caller, id, request, ct))
            .WithName("refund_payment").WithQuery("preview", Preview).WithTags("Payments").WithSummary("Give back what was captured, in full or in part")
            .WithDescription("Without a body everything that is left is refunded. A whole capture that is not on its way to settlement yet is voided, which costs no fee; anything "
                + "else is deducted from a later settlement. With several captures, `capture` names the one to take back.")
            .Accepts<RefundPaymentRequest>("application/json").Produces<PaymentView>().Produces<PaymentView>(StatusCodes.Status202Accepted)
            .WithExample("""{ "amount": { "amount": 500, "currency": "USD" } }""").RequiresIdempotencyKey();

        v1.MapPost("/payments/{id}/void", (Caller caller, string id, HttpRequest request, VoidPayment release, CancellationToken ct) => release.HandleAsync(caller, id, request, ct))
            .WithName("void_payment").WithQuery("preview", Preview).WithTags("Payments").WithSummary("Release an authorization of which nothing was captured")
            .Produces<PaymentView>().Produces<PaymentView>(StatusCodes.Status202Accepted)
            .RequiresIdempotencyKey();
    }

    // A database that is away, moving or full is no bug: the same request may succeed in a moment, and its key sees to it that it is carried out once.
    private static async ValueTask<object?> UnavailableAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception failure) when (!context.HttpContext.RequestAborted.IsCancellationRequested
            && (failure is StaleSlotException or GroupCommitFullException || DatabaseFailure.IsInfrastructure(failure)))
        {
            context.HttpContext.RequestServices.GetRequiredService<ILogger<AuthModuleFailure>>().LogUnavailable(failure, context.HttpContext.Request.Path);
            return Problem.From(new Refusal(RefusalKind.Unavailable, "unavailable", "Not possible at the moment. Send this one again in a moment, with the same idempotency key.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            });
        }
    }
}

/// <summary>The category of what <see cref="AuthEndpoints"/> logs.</summary>
internal sealed class AuthModuleFailure;

internal static partial class AuthEndpointsLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} could not be served")]
    public static partial void LogUnavailable(this ILogger logger, Exception failure, PathString path);
}
