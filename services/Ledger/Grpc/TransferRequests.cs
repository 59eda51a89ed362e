using Google.Protobuf.WellKnownTypes;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.Grpc;

/// <summary>Reads a request for transfers, and says everything that is wrong with it at once.</summary>
internal sealed class TransferRequests
{
    private const int LongestReference = 255;

    private readonly List<FieldError> _errors = [];

    public static Result<IReadOnlyList<NewTransfer>> Read(Contract.CreateTransfersRequest request, int max)
    {
        if (request.Transfers.Count == 0 || request.Transfers.Count > max)
        {
            return Refusal.Invalid([new FieldError("transfers", "out_of_range", $"Between 1 and {max} transfers are taken at once.")]);
        }

        var reader = new TransferRequests();
        var transfers = request.Transfers.Select((transfer, index) => reader.Read(transfer, $"transfers[{index}]")).ToList();
        if (request.Transfers[^1].Linked)
        {
            reader.Add($"transfers[{transfers.Count - 1}].linked", "chain_open", "The last transfer has none after it to be linked to.");
        }

        return reader._errors.Count == 0 ? transfers : Refusal.Invalid(reader._errors);
    }

    private NewTransfer Read(Contract.NewTransfer asked, string at)
    {
        var kind = (TransferKind)asked.Kind;
        if (!System.Enum.IsDefined(kind))
        {
            Add($"{at}.kind", "unknown", "Must be POSTED, PENDING, POST_PENDING or VOID_PENDING.");
        }

        var isEnd = kind.EndsPending();
        return new NewTransfer
        {
            Id = ReadId(asked.TransferId, IdPrefix.Transfer, $"{at}.transfer_id") ?? default,
            Kind = kind,
            PendingId = ReadPending(asked.PendingId, isEnd, $"{at}.pending_id"),
            Debit = ReadAccount(asked.Debit, isEnd, $"{at}.debit"),
            Credit = ReadAccount(asked.Credit, isEnd, $"{at}.credit"),
            Amount = ReadAmount(asked.Amount, kind, $"{at}.amount"),
            Type = ReadType(asked.Type, $"{at}.type"),
            PaymentId = asked.PaymentId.Length == 0 ? null : ReadId(asked.PaymentId, IdPrefix.Payment, $"{at}.payment_id"),
            MerchantId = asked.MerchantId.Length == 0 ? null : ReadId(asked.MerchantId, IdPrefix.Merchant, $"{at}.merchant_id"),
            EffectiveAt = ReadTime(asked.EffectiveAt, $"{at}.effective_at"),
            ExternalReference = ReadReference(asked.ExternalReference, $"{at}.external_reference"),
            ExpiresAt = ReadExpiry(asked.ExpiresAt, kind, $"{at}.expires_at"),
            Linked = asked.Linked,
        };
    }

    private Id? ReadId(string text, string prefix, string at)
    {
        if (Id.TryParse(prefix, text, out var id))
        {
            return id;
        }

        Add(at, text.Length == 0 ? "required" : "malformed", $"Must be an id that begins with '{prefix}_'.");
        return null;
    }

    private Id? ReadPending(string text, bool isEnd, string at)
    {
        if (isEnd)
        {
            return ReadId(text, IdPrefix.Transfer, at);
        }

        if (text.Length > 0)
        {
            Add(at, "not_allowed", "Only a transfer that ends a pending one names it.");
        }

        return null;
    }

    private AccountName ReadAccount(Contract.AccountName? name, bool isEnd, string at)
    {
        if (isEnd)
        {
            if (name is not null)
            {
                Add(at, "not_allowed", "The accounts are those of the pending transfer.");
            }

            return default;
        }

        if (name is null)
        {
            Add(at, "required", "An account is named by path, mode and currency.");
            return default;
        }

        return AccountNames.Read(name, at, _errors);
    }

    private long ReadAmount(long amount, TransferKind kind, string at)
    {
        if (kind == TransferKind.VoidPending && amount != 0)
        {
            Add(at, "not_allowed", "A pending transfer is voided as a whole.");
        }

        return amount;
    }

    private string ReadType(string type, string at)
    {
        if (!TransferType.All.Contains(type))
        {
            Add(at, "unknown", $"Must be one of {string.Join(", ", TransferType.All.Order(StringComparer.Ordinal))}.");
        }

        return type;
    }

    private DateTimeOffset? ReadTime(Timestamp? time, string at)
    {
        if (time is null)
        {
            return null;
        }

        try
        {
            return time.ToDateTimeOffset();
        }
        catch (InvalidOperationException)   // what protobuf throws for a time outside of its own calendar
        {
            Add(at, "out_of_range", "Must be a time between the years 1 and 9999.");
            return null;
        }
    }

    private DateTimeOffset? ReadExpiry(Timestamp? time, TransferKind kind, string at)
    {
        if (time is not null && kind != TransferKind.Pending)
        {
            Add(at, "not_allowed", "Only a pending transfer expires.");
        }

        return ReadTime(time, at);
    }

    private string? ReadReference(string text, string at)
    {
        if (text.Length > LongestReference || text.Contains('\0', StringComparison.Ordinal))
        {
            Add(at, "malformed", $"At most {LongestReference} characters, none of them NUL.");
        }

        return text.Length == 0 ? null : text;
    }

    private void Add(string at, string code, string message) => _errors.Add(new FieldError(at, code, message));
}
