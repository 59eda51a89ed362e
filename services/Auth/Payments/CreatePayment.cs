using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Execution;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Previews;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments</c>, as it is understood. What is left out is null; the idempotency key is beside it.</summary>
public sealed record CreatePaymentRequest(
    Money Amount,
    CreatePaymentMethod PaymentMethod,
    bool? Capture,
    string? Reference,
    CreatePaymentCustomer? Customer,
    PlaceRequest? Billing,
    PlaceRequest? Shipping,
    string? DeviceId,
    IReadOnlyDictionary<string, string> Metadata,
    bool? Confirm,
    ThreeDSecureRequest? ThreeDSecure);

/// <param name="Required">Authenticate the payer whatever risk says.</param>
/// <param name="ReturnUrl">Where the payer's browser goes after the issuer's challenge, with <c>payment</c> and <c>status</c> in its query.</param>
public sealed record ThreeDSecureRequest(bool? Required, Uri? ReturnUrl);

public sealed record CreatePaymentMethod(string Type, Id Token);

public sealed record CreatePaymentCustomer(string? IpAddress, string? Email, string? Country);

/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record PlaceRequest(string? Country);

/// <summary>
/// <c>POST /v1/payments</c>. A request that its client waits for takes its key in the commit that begins the payment, before any acquirer is asked. One that nobody
/// waits for is written down first, and begun when it comes out of the topic or the sweep finds it. What is done then is the executor's, and the same whoever starts it.
/// </summary>
public sealed partial class CreatePayment(
    CreateLookup lookup,
    Intake intake,
    KnownRequests requests,
    MerchantDirectory merchants,
    Routing routing,
    Backlog backlog,
    EventProducer producer,
    PreviewChange preview,
    IOptions<IdempotencyOptions> options,
    TimeProvider time,
    ILogger<CreatePayment> logger)
{
    private static readonly Refusal NoAcquirer = new(
        RefusalKind.Unavailable, "acquirers_unavailable", "No acquirer takes payments at the moment. Nothing was done. Send this one again in a moment, with the same idempotency key.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public async Task<IResult> HandleAsync(Caller caller, HttpContext http, CancellationToken ct)
    {
        if (!PreviewChange.IsAsked(http.Request).TryGet(out var onlyPreviews, out var invalid))
        {
            return Problem.From(invalid);
        }

        var read = await RequestBody.ReadAsync(
            http.Request,
            body => (Key: IdempotencyKey.Read(http.Request, body, onlyPreviews), Asked: CreatePaymentBody.Read(body)),
            ct);
        if (!read.TryGet(out var body, out invalid))
        {
            return Problem.From(invalid);
        }

        if (onlyPreviews)
        {
            return await PreviewAsync(caller, new KeyName(caller.MerchantId, caller.Mode, body.Key), body.Asked, ct);
        }

        var waits = !Prefer.RespondAsync(http.Request);
        var result = await HandleAsync(caller, new KeyName(caller.MerchantId, caller.Mode, body.Key), body.Asked, waits, ct);
        if (!waits && result is IStatusCodeHttpResult { StatusCode: StatusCodes.Status202Accepted })
        {
            http.Response.Headers["Preference-Applied"] = Prefer.Applied;
        }

        return result;
    }

    private async Task<IResult> HandleAsync(Caller caller, KeyName name, CreatePaymentRequest asked, bool waits, CancellationToken ct)
    {
        var fingerprint = Fingerprint.Of(KeyKind.Create, target: null, asked);
        if (await requests.FromCacheAsync(name, fingerprint) is { } cached)
        {
            return cached;
        }

        var (known, method) = await lookup.FindAsync(name, asked.PaymentMethod.Token, ct);
        if (known is not null)
        {
            return await requests.AnswerAsync(known, fingerprint, waits, ct);
        }

        if (!IsUsable(asked, method, out var unusable))
        {
            return Problem.From(unusable);
        }

        var merchant = await merchants.GetAsync(caller.MerchantId, ct);
        if ((waits ? WhyNotNow(merchant, asked.Amount, method) : backlog.WhyNotNow(caller.Slot)) is { } notNow)
        {
            return Problem.From(notNow);
        }

        var row = Row(name, fingerprint, Request(asked, method, merchant));
        if (waits)
        {
            return await requests.BeginAsync(row, ct);
        }

        var stored = await intake.CommitAsync(row, ct);
        CrashPoint.Hit("auth.intake.committed");
        if (stored.PaymentId != row.PaymentId)
        {
            return await requests.AnswerAsync(stored, fingerprint, waits, ct);
        }

        await ProduceAsync(row, asked.Amount, ct);
        return Results.Accepted($"/v1/payments/{row.PaymentId}", PaymentView.Of(row));
    }

    private async Task<IResult> PreviewAsync(Caller caller, KeyName name, CreatePaymentRequest asked, CancellationToken ct)
    {
        var (_, method) = await lookup.FindAsync(name, asked.PaymentMethod.Token, ct);
        if (!IsUsable(asked, method, out var unusable))
        {
            return Problem.From(unusable);
        }

        var row = Row(name, [], Request(asked, method, await merchants.GetAsync(caller.MerchantId, ct)));
        var change = Drafting.Draft(row, PaymentRequest.Of(row), row.CreatedAt);
        return Results.Ok(await preview.HandleAsync(
            asked.Confirm == false ? change : change.Confirm(Id.New(IdPrefix.Operation, caller.Slot, row.CreatedAt), name.Key, row.CreatedAt), ct));
    }

    private Refusal? WhyNotNow(Merchant merchant, Money amount, PaymentMethod method) =>
        requests.RefuseWhenFull() ?? (routing.IsAnybodyThere(merchant, amount, method) ? null : NoAcquirer);

    /// <summary>Whether what the token stands for can pay what is asked.</summary>
    /// <param name="method">Null when the merchant has no such token.</param>
    private bool IsUsable(CreatePaymentRequest asked, [NotNullWhen(true)] PaymentMethod? method, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = method is null
            ? Refusal.NotFound("token", asked.PaymentMethod.Token.ToString()) with { Param = "payment_method.token" }
            : PaymentMethodRules.Refuse(asked, method, routing.Takes);
        return refusal is null;
    }

    private KeyRow Row(KeyName name, byte[] fingerprint, PaymentRequest request)
    {
        var now = time.GetUtcNow();
        var payment = Id.New(IdPrefix.Payment, name.MerchantId.Slot, now);
        return new KeyRow(name, fingerprint, KeyKind.Create, payment, payment, request.ToJson(), now);
    }

    private static PaymentRequest Request(CreatePaymentRequest asked, PaymentMethod method, Merchant merchant) => new()
    {
        Amount = asked.Amount,
        CaptureAutomatically = asked.Capture ?? merchant.CaptureAutomatically,
        Method = method,
        Reference = asked.Reference,
        Metadata = asked.Metadata.ToImmutableSortedDictionary(StringComparer.Ordinal),
        Customer = new CustomerFacts(
            asked.Customer?.IpAddress,
            asked.Customer?.Email is { } email ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(email.Trim().ToLowerInvariant()))) : null,
            asked.Customer?.Country,
            asked.Billing?.Country,
            asked.Shipping?.Country,
            asked.DeviceId),
        IsDraft = asked.Confirm == false,
        Authenticate = asked.ThreeDSecure?.Required == true,
        ReturnUrl = asked.ThreeDSecure?.ReturnUrl,
    };

    // The row is committed, so the broker is only the faster way: what it doesn't take the sweep brings.
    private async Task ProduceAsync(KeyRow row, Money amount, CancellationToken ct)
    {
        var message = new PaymentEvent
        {
            PaymentId = row.PaymentId.ToString(),
            MerchantId = row.Name.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)row.Name.Mode,
            Currency = amount.Currency.Code,
            OccurredAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(row.CreatedAt),
            Status = PaymentStatus.Submitted.Name(),
            Submitted = new PaymentSubmitted { Amount = amount.MinorUnits },
        };
        try
        {
            await producer.ProduceAsync(Topics.PaymentsIngest, row.PaymentId.Slot, row.PaymentId.ToString(), "payment.accepted", message, ct)
                .WaitAsync(options.Value.IngestTimeout, time, ct);
            CrashPoint.Hit("auth.ingest.produced");
        }
        catch (Exception away) when (away is MessagingUnavailableException or TimeoutException)
        {
            LogNotProduced(row.PaymentId, away.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Payment} is accepted, and the broker didn't take it; the sweep brings it: {Reason}")]
    private partial void LogNotProduced(Id payment, string reason);
}

/// <summary>Reads and validates the body: every wrong field is told at once.</summary>
internal static class CreatePaymentBody
{
    public static CreatePaymentRequest Read(BodyReader body) => new(
        body.Money("amount"),
        Method(body.Object("payment_method")),
        body.OptionalBoolean("capture"),
        body.OptionalString("reference"),
        body.OptionalObject("customer") is { } customer ? Customer(customer) : null,
        body.OptionalObject("billing") is { } billing ? new PlaceRequest(Country(billing)) : null,
        body.OptionalObject("shipping") is { } shipping ? new PlaceRequest(Country(shipping)) : null,
        body.OptionalString("device_id", max: 128),
        body.Metadata("metadata"),
        body.OptionalBoolean("confirm"),
        body.OptionalObject("three_d_secure") is { } secure ? new ThreeDSecureRequest(secure.OptionalBoolean("required"), ReturnUrl(secure)) : null);

    private static Uri? ReturnUrl(BodyReader secure)
    {
        if (secure.OptionalString("return_url", max: 2_000) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            return address;
        }

        secure.Error("return_url", "invalid_url", "three_d_secure.return_url must be an absolute http or https address.");
        return null;
    }

    private static CreatePaymentMethod Method(BodyReader method)
    {
        var type = method.String("type");
        if (type.Length > 0 && type is not ("card" or "bank_account"))
        {
            method.Error("type", "unknown_value", "payment_method.type must be one of: bank_account, card.");
        }

        return new CreatePaymentMethod(type, method.Id("token", IdPrefix.Token));
    }

    private static CreatePaymentCustomer Customer(BodyReader customer)
    {
        var address = customer.OptionalString("ip_address", max: 45);
        if (address is not null && !IPAddress.TryParse(address, out _))
        {
            customer.Error("ip_address", "invalid_ip_address", "customer.ip_address must be an IPv4 or IPv6 address.");
        }

        var email = customer.OptionalString("email", max: 254, min: 3);
        if (email is not null && email.IndexOf('@', StringComparison.Ordinal) is not > 0)
        {
            customer.Error("email", "invalid_email", "customer.email must be an e-mail address.");
        }

        return new CreatePaymentCustomer(address, email, Country(customer));
    }

    private static string? Country(BodyReader place)
    {
        var country = place.OptionalString("country", max: 2, min: 2);
        if (country is not null && country.AsSpan().ContainsAnyExceptInRange('A', 'Z'))
        {
            place.Error("country", "invalid_country", $"{place.Path("country")} must be two capital letters of ISO 3166-1, such as US.");
        }

        return country;
    }
}
